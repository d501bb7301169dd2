#include "oci/json_document.hpp"

#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

constexpr int kMaximumDepth = 64;
constexpr std::size_t kMaximumValues = 250'000;  // one takes up to 30 times its text

/// What is hostile in a document, if anything is. Counted before parsing, because some of
/// nlohmann's functions are recursive and small values take much memory.
std::string excess(std::string_view text) {
  int depth = 0;
  std::size_t values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++values;
      if (++depth > kMaximumDepth) {
        return fmt::format("nested deeper than {} levels", kMaximumDepth);
      }
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',') {
      ++values;
    }
    if (values > kMaximumValues) {
      return fmt::format("more than {} values", kMaximumValues);
    }
  }
  return "";
}

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view kind(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "an array";
    case nlohmann::json::value_t::string:
      return "a string";
    case nlohmann::json::value_t::boolean:
      return "a boolean";
    case nlohmann::json::value_t::null:
      return "null";
    case nlohmann::json::value_t::number_float:
      return "a fraction";
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return "a number";
    case nlohmann::json::value_t::binary:
    case nlohmann::json::value_t::discarded:
      break;
  }
  return "something else";
}

}  // namespace

base::Error JsonValue::error(std::string_view message) const {
  const auto place = base::printable(pointer_);
  return {fmt::format("{}{}{}", place, place.empty() ? "" : ": ", message), *where_, ""};
}

base::Error JsonValue::mismatch(std::string_view expected) const {
  return error(fmt::format("expected {}, found {}", expected, kind(*value_)));
}

base::Result<std::optional<JsonValue>> JsonValue::find(std::string_view key) const {
  if (!value_->is_object()) {
    return mismatch("an object");
  }
  const auto found = value_->find(std::string(key));
  if (found == value_->end() || found->is_null()) {
    return std::optional<JsonValue>();
  }
  return std::optional(JsonValue(*found, pointer_ + "/" + escaped(key), *where_));
}

base::Result<JsonValue> JsonValue::member(std::string_view key) const {
  GANTRY_TRY(auto found, find(key));
  if (!found) {
    return error(fmt::format("'{}' is missing", key));
  }
  return *std::move(found);
}

base::Result<std::vector<JsonValue>> JsonValue::elements(std::size_t limit) const {
  if (!value_->is_array()) {
    return mismatch("an array");
  }
  if (value_->size() > limit) {
    return error(
        fmt::format("{} elements are more than the {} that are allowed", value_->size(), limit));
  }
  std::vector<JsonValue> values;
  values.reserve(value_->size());
  for (const auto& element : *value_) {
    values.push_back(JsonValue(element, fmt::format("{}/{}", pointer_, values.size()), *where_));
  }
  return values;
}

base::Result<std::string> JsonValue::text() const {
  if (!value_->is_string()) {
    return mismatch("a string");
  }
  const auto& text = value_->get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) {
    return error("the string has a NUL character");
  }
  return text;
}

base::Result<std::int64_t> JsonValue::number() const {
  if (!value_->is_number_integer()) {
    return mismatch("a whole number");
  }
  constexpr auto kMaximum = std::numeric_limits<std::int64_t>::max();
  if (value_->is_number_unsigned()
          ? value_->get<std::uint64_t>() > static_cast<std::uint64_t>(kMaximum)
          : value_->get<std::int64_t>() < 0) {
    return error(fmt::format("{} is not from 0 to {}", value_->dump(), kMaximum));
  }
  return value_->get<std::int64_t>();
}

base::Result<bool> JsonValue::boolean() const {
  if (!value_->is_boolean()) {
    return mismatch("a boolean");
  }
  return value_->get<bool>();
}

base::Result<std::vector<std::string>> JsonValue::texts() const {
  GANTRY_TRY(const auto values, elements(std::numeric_limits<std::size_t>::max()));
  std::vector<std::string> texts;
  texts.reserve(values.size());
  for (const auto& value : values) {
    GANTRY_TRY(auto text, value.text());
    texts.push_back(std::move(text));
  }
  return texts;
}

base::Result<std::vector<std::string>> JsonValue::keys() const {
  if (!value_->is_object()) {
    return mismatch("an object");
  }
  std::vector<std::string> keys;
  for (const auto& [key, value] : value_->items()) {
    if (key.find('\0') != std::string::npos) {
      return error("a name has a NUL character");
    }
    keys.push_back(key);
  }
  return keys;
}

base::Result<std::map<std::string, std::string>> JsonValue::text_map() const {
  GANTRY_TRY(const auto names, keys());
  std::map<std::string, std::string> texts;
  for (const auto& name : names) {
    GANTRY_TRY(const auto value, member(name));
    GANTRY_TRY(texts[name], value.text());
  }
  return texts;
}

base::Result<JsonDocument> JsonDocument::parse(std::string_view text, std::string_view where) {
  const auto failure = [&](std::string what) {
    return base::Error{std::move(what), std::string(where), ""};
  };
  if (text.size() > kMaximumDocument) {
    return failure(fmt::format("{} bytes are more than the {} that a document may have",
                               text.size(), kMaximumDocument));
  }
  if (auto found = excess(text); !found.empty()) {
    return failure(std::move(found));
  }
  try {
    return JsonDocument(std::make_unique<nlohmann::json>(nlohmann::json::parse(text)),
                        std::make_unique<std::string>(where));
  } catch (const nlohmann::json::exception& exception) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    const std::string_view message = exception.what();
    const auto tag = message.find("] ");
    return failure(fmt::format(
        "not JSON: {}",
        base::printable(tag == std::string_view::npos ? message : message.substr(tag + 2))));
  }
}

JsonDocument::JsonDocument(std::unique_ptr<nlohmann::json> json, std::unique_ptr<std::string> where)
    : json_(std::move(json)), where_(std::move(where)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonValue JsonDocument::root() const {
  return JsonValue(*json_, "", *where_);
}

std::string canonical(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace gantry::oci
