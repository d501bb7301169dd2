#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace gantry::report {

class JsonInput;

/// A value of a JsonInput and its place there; a view, which the input must outlive. A function
/// that does not find what it asks for notes that in the input, the first time, and returns zero,
/// so that a document is read field by field and judged once.
class JsonField {
 public:
  /// False for what is absent or null.
  bool present() const;
  /// A member of this object. What is absent is a field too: one that is not present.
  JsonField operator[](std::string_view key) const;
  /// Of an array, of at most limit.
  std::vector<JsonField> elements(std::size_t limit) const;
  /// Of an object, of at most limit, in the document's order.
  std::vector<std::pair<std::string, JsonField>> members(std::size_t limit) const;

  /// A whole number from 0.
  std::uint64_t count() const;
  /// A number from 0.
  double amount() const;
  /// Any number that is not too large to calculate with.
  double number() const;
  bool flag() const;
  std::string text() const;
  /// Whatever it is, as text: a string without its quotes, anything else as JSON.
  std::string any_text() const;
  bool is_object() const;
  bool is_array() const;

  /// Notes that this value is wrong: "must be ...".
  void reject(std::string_view message) const;

 private:
  friend class JsonInput;
  JsonField(const nlohmann::ordered_json* value, std::string pointer, JsonInput& input)
      : value_(value), pointer_(std::move(pointer)), input_(&input) {}
  void expected(std::string_view what) const;

  const nlohmann::ordered_json* value_;  // null: absent
  std::string pointer_;
  JsonInput* input_;
};

/// A parsed document of bounded size and depth.
class JsonInput {
 public:
  /// name is that of the document in errors.
  static base::Result<JsonInput> parse(std::string_view text, std::string name);
  JsonInput(JsonInput&&) noexcept;
  JsonInput& operator=(JsonInput&&) noexcept;
  ~JsonInput();

  JsonField root();
  /// The first thing that was not as it must be: the document's name, its JSON pointer and what
  /// was expected.
  base::Result<void> verdict() const;

 private:
  friend class JsonField;
  JsonInput(std::unique_ptr<nlohmann::ordered_json> json, std::string name);

  std::unique_ptr<nlohmann::ordered_json> json_;
  std::string name_;
  std::string mistake_;
};

}  // namespace gantry::report
