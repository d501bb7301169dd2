#include "report/json_input.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::report {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostLevels = 32;
constexpr std::size_t kMostValues = 4'000'000;  // one takes up to 30 times its text
constexpr std::size_t kMostMembers = 2048;  // of an object, in which all keys before one are read
constexpr double kMostAmount = 1e24;        // what follows from it by arithmetic is finite

/// The pointer of a member (RFC 6901).
std::string member_of(const std::string& pointer, std::string_view key) {
  return pointer + (Json::json_pointer() / std::string(key)).to_string();
}

/// "line 3, column 14" of a byte, both from 1.
std::string place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto begin = before.rfind('\n');
  const auto column = begin == std::string_view::npos ? before.size() + 1 : before.size() - begin;
  return fmt::format("line {}, column {}", line, column);
}

/// What a document must be beyond JSON: of bounded size and depth, and without a key that is there
/// twice, of which readers would take one or the other.
class Bounds {
 public:
  /// Of the next thing in it: false if it must not be read.
  bool holds(int depth, Json::parse_event_t event, const Json& value) {
    if (depth > kMostLevels) {
      excess_ = fmt::format("nested deeper than {} levels", kMostLevels);
    } else if (++values_ > kMostValues) {
      excess_ = fmt::format("more than {} values", kMostValues);
    } else if (event == Json::parse_event_t::object_start) {
      open_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      judge_key(value.get_ref<const std::string&>());
    }
    return excess_.empty();
  }

  /// What is wrong; empty if nothing is.
  const std::string& excess() const { return excess_; }

 private:
  void judge_key(const std::string& key) {
    auto& keys = open_.back();
    if (!keys.insert(key).second) {
      excess_ = fmt::format("the key \"{}\" is twice in an object",
                            base::printable(std::string_view(key).substr(0, 100)));
    } else if (keys.size() > kMostMembers) {
      excess_ = fmt::format("an object with more than {} members", kMostMembers);
    }
  }

  std::string excess_;
  std::size_t values_ = 0;
  std::vector<std::unordered_set<std::string>> open_;  ///< keys of the objects around what is next
};

}  // namespace

JsonInput::JsonInput(std::unique_ptr<Json> json, std::string name)
    : json_(std::move(json)), name_(std::move(name)) {}
JsonInput::JsonInput(JsonInput&&) noexcept = default;
JsonInput& JsonInput::operator=(JsonInput&&) noexcept = default;
JsonInput::~JsonInput() = default;

base::Result<JsonInput> JsonInput::parse(std::string_view text, std::string name) {
  Bounds bounds;
  const auto within = [&](int depth, Json::parse_event_t event, Json& value) {
    return bounds.excess().empty() && bounds.holds(depth, event, value);
  };
  try {
    auto json = std::make_unique<Json>(Json::parse(text, within));
    if (!bounds.excess().empty()) {
      return base::Error{bounds.excess(), std::move(name), ""};
    }
    return JsonInput(std::move(json), std::move(name));
  } catch (const Json::parse_error& error) {
    return base::Error{"not JSON: " + place_of(text, error.byte), std::move(name), ""};
  } catch (const Json::exception&) {
    return base::Error{"not JSON: a number that is too large", std::move(name), ""};
  }
}

JsonField JsonInput::root() {
  return {json_.get(), "", *this};
}

base::Result<void> JsonInput::verdict() const {
  if (mistake_.empty()) {
    return {};
  }
  return base::Error{mistake_, name_, ""};
}

void JsonField::reject(std::string_view message) const {
  if (input_->mistake_.empty()) {
    input_->mistake_ = fmt::format(
        "{} {}", pointer_.empty() ? "the document" : base::printable(pointer_), message);
  }
}

void JsonField::expected(std::string_view what) const {
  reject(value_ == nullptr ? fmt::format("is missing: it must be {}", what)
                           : fmt::format("must be {}", what));
}

bool JsonField::present() const {
  return value_ != nullptr && !value_->is_null();
}

bool JsonField::is_object() const {
  return value_ != nullptr && value_->is_object();
}

bool JsonField::is_array() const {
  return value_ != nullptr && value_->is_array();
}

JsonField JsonField::operator[](std::string_view key) const {
  auto pointer = member_of(pointer_, key);
  if (!present()) {
    return {nullptr, std::move(pointer), *input_};
  }
  if (!value_->is_object()) {
    expected("an object");
    return {nullptr, std::move(pointer), *input_};
  }
  const auto found = value_->find(key);
  return {found == value_->end() ? nullptr : &*found, std::move(pointer), *input_};
}

std::vector<JsonField> JsonField::elements(std::size_t limit) const {
  std::vector<JsonField> fields;
  if (!is_array()) {
    expected("an array");
  } else if (value_->size() > limit) {
    reject(fmt::format("must have at most {} elements", limit));
  } else {
    for (std::size_t at = 0; at < value_->size(); ++at) {
      fields.push_back({&(*value_)[at], fmt::format("{}/{}", pointer_, at), *input_});
    }
  }
  return fields;
}

std::vector<std::pair<std::string, JsonField>> JsonField::members(std::size_t limit) const {
  std::vector<std::pair<std::string, JsonField>> fields;
  if (!is_object()) {
    expected("an object");
  } else if (value_->size() > limit) {
    reject(fmt::format("must have at most {} members", limit));
  } else {
    for (const auto& [key, value] : value_->items()) {
      fields.emplace_back(key, JsonField{&value, member_of(pointer_, key), *input_});
    }
  }
  return fields;
}

std::uint64_t JsonField::count() const {
  if (value_ == nullptr || !value_->is_number_unsigned()) {
    expected("a whole number from 0");
    return 0;
  }
  return value_->get<std::uint64_t>();
}

double JsonField::amount() const {
  if (value_ == nullptr || !value_->is_number() || value_->get<double>() < 0) {
    expected("a number from 0");
    return 0;
  }
  return number();
}

double JsonField::number() const {
  if (value_ == nullptr || !value_->is_number() || !std::isfinite(value_->get<double>())) {
    expected("a number");
    return 0;
  }
  const auto value = value_->get<double>();
  if (std::abs(value) > kMostAmount) {
    reject(fmt::format("must be at most {}", kMostAmount));
    return 0;
  }
  return value;
}

bool JsonField::flag() const {
  if (value_ == nullptr || !value_->is_boolean()) {
    expected("true or false");
    return false;
  }
  return value_->get<bool>();
}

std::string JsonField::text() const {
  if (value_ == nullptr || !value_->is_string()) {
    expected("a string");
    return "";
  }
  return value_->get<std::string>();
}

std::string JsonField::any_text() const {
  if (value_ == nullptr) {
    return "";
  }
  return value_->is_string()
             ? value_->get<std::string>()
             : value_->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace gantry::report
