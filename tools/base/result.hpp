#pragma once

#include <string>
#include <utility>
#include <variant>

namespace gantry::base {

/// What went wrong, where (a file, a line, a target: may be empty), and what to do about it (may be
/// empty). Messages are sentences without a final full stop.
struct Error {
  std::string what;
  std::string where;
  std::string hint;
};

/// A value or an Error. Used across library borders; exceptions are for programming errors only.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  explicit operator bool() const { return !failed_; }
  Error& error() & { return error_; }
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace gantry::base

#define GANTRY_DETAIL_CONCAT_INNER(a, b) a##b
#define GANTRY_DETAIL_CONCAT(a, b) GANTRY_DETAIL_CONCAT_INNER(a, b)

/// GANTRY_TRY(auto x, f()): declares x from the value, or returns the error from this function.
#define GANTRY_TRY(declaration, ...) \
  GANTRY_DETAIL_TRY(GANTRY_DETAIL_CONCAT(gantry_result_, __LINE__), declaration, __VA_ARGS__)
#define GANTRY_DETAIL_TRY(result, declaration, ...) \
  auto result = (__VA_ARGS__);                      \
  if (!result) {                                    \
    return std::move(result).error();               \
  }                                                 \
  declaration = *std::move(result)

/// GANTRY_CHECK(f()): returns the error of a Result<void> from this function.
#define GANTRY_CHECK(...)                                                 \
  do {                                                                    \
    if (auto gantry_check_result = (__VA_ARGS__); !gantry_check_result) { \
      return std::move(gantry_check_result).error();                      \
    }                                                                     \
  } while (false)
