#include "base/depfile.hpp"

#include <set>
#include <string_view>

namespace gantry::base {

namespace fs = std::filesystem;

namespace {

/// Found by trying each character with CMake 3.25, Ninja and Makefiles: these survive both.
bool is_safe(std::string_view name) {
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kPunctuation = "._-+,@%=~!{}()[]/ ";
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      byte >= 0x80 || kPunctuation.find(c) != std::string_view::npos;
    if (!safe) {
      return false;
    }
  }
  return true;
}

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c == ' ' ? std::string("\\ ") : std::string(1, c);
  }
  return text;
}

}  // namespace

Depfile make_depfile(const fs::path& target, std::span<const fs::path> inputs) {
  Depfile depfile;
  std::set<std::string> names;
  for (const auto& input : inputs) {
    fs::path name = input.lexically_normal();
    if (!is_safe(name.native())) {
      depfile.unsafe.push_back(name);
      while (!is_safe(name.native()) && name.has_relative_path()) {
        name = name.parent_path();
      }
    }
    names.insert(name.native());
  }
  depfile.text = escaped(target.native()) + ":";
  for (const auto& name : names) {
    depfile.text += " \\\n  " + escaped(name);
  }
  depfile.text += "\n";
  return depfile;
}

}  // namespace gantry::base
