#include "config/document.hpp"

#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::config {

namespace {

using nlohmann::json;

constexpr std::size_t kLongest = std::size_t{1} << 20;
constexpr std::size_t kDeepest = 16;

/// Puts a document together from what the parser reads. nlohmann's own drops keys that are there
/// twice without a word.
class Builder final : public nlohmann::json_sax<json> {
 public:
  explicit Builder(std::vector<Problem>& problems) : problems_(problems) {}

  json take() { return std::move(root_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // JSON text has none
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    open_.back().key = name;
    if (open_.back().value->contains(name)) {
      problems_.push_back({pointer(), "this key is there twice"});
    }
    return true;
  }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    const std::string_view text = error.what();
    const auto begin = text.find("] ");
    problems_.push_back(
        {"", base::printable(begin == std::string_view::npos ? text : text.substr(begin + 2))});
    return false;
  }

 private:
  struct Open {
    json* value;
    std::string key;  // of the member that comes next
  };

  /// Where what comes next belongs.
  json& place() {
    if (open_.empty()) {
      return root_;
    }
    auto& [parent, key] = open_.back();
    if (parent->is_array()) {
      parent->push_back(nullptr);
      return parent->back();
    }
    return (*parent)[key];
  }
  bool put(json value) {
    place() = std::move(value);
    return true;
  }
  bool open(json value) {
    if (open_.size() == kDeepest) {
      problems_.push_back({pointer(), fmt::format("nested deeper than {} levels", kDeepest)});
      return false;
    }
    auto& here = place();
    here = std::move(value);
    open_.push_back({&here, ""});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  std::string pointer() const {
    std::string text;
    for (const auto& [value, key] : open_) {
      text += value->is_array() ? fmt::format("/{}", value->size() - (value->empty() ? 0 : 1))
                                : "/" + pointer_part(key);
    }
    return text;
  }

  std::vector<Problem>& problems_;
  json root_;
  std::vector<Open> open_;
};

}  // namespace

json parse_document(std::string_view text, std::vector<Problem>& problems) {
  if (text.size() > kLongest) {
    problems.push_back({"", fmt::format("longer than {} bytes", kLongest)});
    return {};
  }
  Builder builder(problems);
  return json::sax_parse(text.begin(), text.end(), &builder) ? builder.take() : json();
}

std::string pointer_part(std::string_view key) {
  constexpr std::size_t kLongestKey = 60;
  std::string part;
  for (const char c : base::printable(key.substr(0, kLongestKey))) {
    if (c == '~') {
      part += "~0";
    } else if (c == '/') {
      part += "~1";
    } else {
      part += c;
    }
  }
  return key.size() > kLongestKey ? part + "…" : part;
}

}  // namespace gantry::config
