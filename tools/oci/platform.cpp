#include "oci/platform.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

/// arm64 has had one variant so far, so that it is named or not as one likes.
std::string_view variant_of(const Platform& platform) {
  return platform.architecture == "arm64" && platform.variant == "v8"
             ? std::string_view()
             : std::string_view(platform.variant);
}

}  // namespace

base::Result<Platform> Platform::parse(std::string_view text) {
  const auto parts = base::split(text, '/');
  if (parts.size() < 2 || parts.size() > 3 || !std::all_of(parts.begin(), parts.end(), is_word)) {
    return base::Error{fmt::format("'{}' is not a platform", base::printable(text)), "",
                       "a platform is os/architecture[/variant], for example linux/amd64"};
  }
  return Platform{std::string(parts[0]), std::string(parts[1]),
                  parts.size() == 3 ? std::string(parts[2]) : ""};
}

Platform Platform::host() {
  utsname names{};
  uname(&names);
  const std::string_view machine = names.machine;
  struct Name {
    std::string_view machine, architecture, variant;
  };
  // What the kernel calls the machine, and what Go (and so OCI) calls it.
  constexpr std::array<Name, 7> kNames = {{{"x86_64", "amd64", ""},
                                           {"aarch64", "arm64", ""},
                                           {"armv7l", "arm", "v7"},
                                           {"i686", "386", ""},
                                           {"ppc64le", "ppc64le", ""},
                                           {"s390x", "s390x", ""},
                                           {"riscv64", "riscv64", ""}}};
  for (const auto& name : kNames) {
    if (name.machine == machine) {
      return {"linux", std::string(name.architecture), std::string(name.variant)};
    }
  }
  return {"linux", std::string(machine), ""};
}

std::string Platform::text() const {
  return os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
}

bool Platform::serves(const Platform& wanted) const {
  return os == wanted.os && architecture == wanted.architecture &&
         (wanted.variant.empty() || variant_of(*this) == variant_of(wanted));
}

}  // namespace gantry::oci
