#include "supply/dpkg_database.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "supply/package_url.hpp"

namespace supply = gantry::supply;

/// A status file, a zero byte, and the list of files of the package "libc6". What is accepted makes
/// package URLs without blanks and control characters.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto zero = text.find('\0');
  const auto status = text.substr(0, zero);
  const auto list = zero == std::string_view::npos ? std::string_view() : text.substr(zero + 1);
  const auto database =
      supply::DpkgDatabase::parse({{"var/lib/dpkg/status", std::string(status)},
                                   {"var/lib/dpkg/info/libc6:amd64.list", std::string(list)}});
  if (!database) {
    return 0;
  }
  for (const auto& package : database->packages()) {
    for (const char c : supply::package_url(package, {})) {
      if (c <= ' ' || c > '~') {
        std::abort();
      }
    }
  }
  static_cast<void>(database->owner(list));
  return 0;
}
