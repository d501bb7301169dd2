#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace gantry::ssd {

/// An array of zeros, which must be a value of T, that takes memory only where it has been written
/// to, since what calloc() gets from the system are pages that do not exist yet: a fresh device of
/// terabytes needs next to none.
template <class T>
class LazyArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit LazyArray(std::size_t size)
      : size_(size), data_(static_cast<T*>(std::calloc(size == 0 ? 1 : size, sizeof(T)))) {
    if (data_ == nullptr) {
      throw std::bad_alloc();
    }
  }

  std::size_t size() const { return size_; }
  T& operator[](std::size_t at) { return data_.get()[at]; }
  const T& operator[](std::size_t at) const { return data_.get()[at]; }
  std::span<T> all() { return {data_.get(), size_}; }
  std::span<const T> all() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };

  std::size_t size_;
  std::unique_ptr<T, Free> data_;
};

}  // namespace gantry::ssd
