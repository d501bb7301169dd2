#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.hpp"

namespace gantry::base {

/// Tells those who look for a program's libraries in the program of one that it loads itself:
/// "dlopen() Metadata for ELF Files", https://systemd.io/ELF_DLOPEN_METADATA. To be a constant with
/// the attributes gnu::used and gnu::section(".note.dlopen"), aligned to 4 bytes.
template <std::size_t kSize>
struct DlopenNote {
  /// json: with its NUL.
  explicit constexpr DlopenNote(const char (&json)[kSize]) {
    std::copy_n(json, kSize, content.begin());
  }

  std::uint32_t name_size = 4;
  std::uint32_t content_size = kSize;
  std::uint32_t type = 0x407c0c0a;
  std::array<char, 4> name = {'F', 'D', 'O', '\0'};
  std::array<char, (kSize + 3) / 4 * 4> content = {};
};

/// A library that is loaded when it is first needed, since it brings many others; it stays to the
/// end of the program.
class DynamicLibrary {
 public:
  /// name: a soname. package: what to install where it is missing, by Debian's name.
  static Result<DynamicLibrary> load(const char* name, const char* package);

  /// False if it has no such function, of which unusable() tells then.
  template <class Function>
  bool find(const char* name, Function& function) const {
    function = reinterpret_cast<Function>(find(name));
    return function != nullptr;
  }

  /// why: nullptr for what the loader says.
  Error unusable(const char* why = nullptr) const;

 private:
  DynamicLibrary(const char* name, const char* package) : name_(name), package_(package) {}
  void* find(const char* name) const;

  const char* name_;
  const char* package_;
  void* handle_ = nullptr;
};

}  // namespace gantry::base
