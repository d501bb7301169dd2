#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "ssd/lazy_array.hpp"

namespace gantry::ssd {

/// What a device's state is saved to or restored from. The classes of a device name their fields to
/// it, in transfer(), once for both, so that the two cannot go apart. What follows from a device's
/// parameters is no state, nor are numbers that mean nothing outside: the same state is the same
/// bytes.
///
/// Derived has
///   static constexpr bool kRestores          it writes to the fields, or it reads them
///   void raw(std::span<std::byte>)           bytes of a field
///   void array(std::span<std::byte>)         bytes of a large array, pages of zeros among them
///   void fail()                              what is being restored cannot be; what comes is zeros
template <class Derived>
class Archive {
 public:
  template <class... Fields>
  void operator()(Fields&... fields) {
    (transfer(fields), ...);
  }

  /// A vector of any length up to most; that of others is known before.
  template <class T>
  void list(std::vector<T>& items, std::size_t most) {
    auto count = static_cast<std::uint32_t>(items.size());
    transfer(count);
    if constexpr (Derived::kRestores) {
      if (count > most) {
        derived().fail();
        count = 0;
      }
      items.resize(count);
    }
    transfer(items);
  }

 private:
  template <class T>
  static constexpr bool kIsPlain =
      std::is_trivially_copyable_v<T>&& std::has_unique_object_representations_v<T> &&
      !std::is_same_v<T, bool>;

  template <class T>
  void transfer(T& field) {
    if constexpr (requires { field.transfer(derived()); }) {
      field.transfer(derived());
    } else {
      static_assert(kIsPlain<T>, "a field with bytes that mean nothing");
      derived().raw(std::as_writable_bytes(std::span(&field, 1)));
    }
  }
  void transfer(bool& field) {
    auto byte = static_cast<std::uint8_t>(field);
    transfer(byte);
    if (byte > 1) {
      derived().fail();
    }
    field = byte == 1;
  }
  template <class T>
  void transfer(std::vector<T>& items) {
    if constexpr (kIsPlain<T>) {
      derived().raw(std::as_writable_bytes(std::span(items)));
    } else {
      for (auto& item : items) {
        transfer(item);
      }
    }
  }
  template <class T>
  void transfer(LazyArray<T>& array) {
    static_assert(kIsPlain<T>, "an array with bytes that mean nothing");
    derived().array(std::as_writable_bytes(array.all()));
  }

  Derived& derived() { return static_cast<Derived&>(*this); }
};

}  // namespace gantry::ssd
