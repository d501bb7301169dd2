#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::vm::agent {

/// Writes integers (little-endian) and texts (their length as 32 bits first).
class FieldWriter {
 public:
  template <std::unsigned_integral T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      text_ += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
    }
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    text_ += value;
  }
  void texts(const std::vector<std::string>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) {
      text(value);
    }
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Reads what FieldWriter writes, from somebody who may write anything: after the first field that
/// is not there, all others are zero and empty.
class FieldReader {
 public:
  explicit FieldReader(std::string_view rest) : rest_(rest) {}

  template <std::unsigned_integral T>
  T number() {
    T value = 0;
    const auto bytes = take(sizeof(T));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<T>(T{static_cast<unsigned char>(bytes[i])} << (8 * i));
    }
    return value;
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (auto left = number<std::uint32_t>(); left > 0 && !failed_; --left) {
      values.push_back(text());
    }
    return values;
  }

  bool failed() const { return failed_; }

  /// True if every field was there, and nothing is left.
  bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (failed_ || size > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace gantry::vm::agent
