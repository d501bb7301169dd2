#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace gantry::oci {

/// A value inside a JsonDocument and its place there. A view: the document must outlive it. Every
/// reading function is an Error that names the document and the JSON pointer (RFC 6901) if the
/// value is not what is asked for.
class JsonValue {
 public:
  /// A member of this object. Absent and null are the same, as the Go programs that write these
  /// documents have it.
  base::Result<std::optional<JsonValue>> find(std::string_view key) const;
  /// As find, but absence is an Error.
  base::Result<JsonValue> member(std::string_view key) const;
  base::Result<std::vector<JsonValue>> elements(std::size_t limit) const;

  /// A string without NUL characters (no field of ours can carry one).
  base::Result<std::string> text() const;
  /// A whole number from 0 to the largest of 63 bits.
  base::Result<std::int64_t> number() const;
  base::Result<bool> boolean() const;
  base::Result<std::vector<std::string>> texts() const;
  base::Result<std::map<std::string, std::string>> text_map() const;
  /// The names of an object's members, sorted.
  base::Result<std::vector<std::string>> keys() const;

  /// The Error of this value: message, after its pointer.
  base::Error error(std::string_view message) const;

 private:
  friend class JsonDocument;
  JsonValue(const nlohmann::json& value, std::string pointer, const std::string& where)
      : value_(&value), pointer_(std::move(pointer)), where_(&where) {}
  base::Error mismatch(std::string_view expected) const;

  const nlohmann::json* value_;
  std::string pointer_;
  const std::string* where_;
};

/// The largest document that is read: registries refuse larger manifests too.
inline constexpr std::uint64_t kMaximumDocument = std::uint64_t{4} << 20;

/// A parsed document, of bounded size and depth. Of members with the same name the last one counts.
class JsonDocument {
 public:
  /// where names the document in messages.
  static base::Result<JsonDocument> parse(std::string_view text, std::string_view where);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonValue root() const;
  /// The document itself, for a program that changes a part and keeps the rest.
  const nlohmann::json& json() const { return *json_; }

 private:
  JsonDocument(std::unique_ptr<nlohmann::json> json, std::unique_ptr<std::string> where);
  std::unique_ptr<nlohmann::json> json_;
  std::unique_ptr<std::string> where_;
};

/// Reads an optional member by one of JsonValue's functions, into what is left alone if it is
/// absent: GANTRY_CHECK(read_optional(value, "author", &JsonValue::text, config.author)).
template <class T, class U>
base::Result<void> read_optional(const JsonValue& object, std::string_view key,
                                 base::Result<T> (JsonValue::*read)() const, U& into) {
  GANTRY_TRY(const auto value, object.find(key));
  if (value) {
    GANTRY_TRY(into, ((*value).*read)());
  }
  return {};
}

/// Canonical text: sorted keys, no blanks, UTF-8 as it is (bytes that are none become U+FFFD).
std::string canonical(const nlohmann::json& value);

}  // namespace gantry::oci
