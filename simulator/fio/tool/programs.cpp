#include "fio/tool/programs.hpp"

#include <array>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "fio/tool/version.hpp"

namespace gantry::fio {

namespace fs = std::filesystem;

namespace {

fs::path own_directory() {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : self.parent_path();
}

/// Of a build tree and of an installation alike.
fs::path libraries() {
  return own_directory().parent_path() / "lib" / "gantry";
}

std::optional<fs::path> if_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error) ? std::optional(path) : std::nullopt;
}

base::Result<fs::path> checked(const fs::path& fio) {
  GANTRY_TRY(const auto run, base::run_checked({{fio.native(), "--version"}}));
  const auto version = base::trim(run.out);
  if (version != fmt::format("fio-{}", kFioVersion)) {
    return base::Error{fmt::format("{} is {}, and the engine was built for fio-{}", fio.native(),
                                   base::printable(version), kFioVersion),
                       "",
                       "an engine works in no other version; leave it to Gantry to bring its own"};
  }
  return fio;
}

}  // namespace

base::Result<fs::path> find_fio(const fs::path& given) {
  if (!given.empty()) {
    const auto found = given.has_parent_path() ? std::nullopt : base::find_program(given.native());
    return checked(found.value_or(given));
  }
  if (auto own = if_there(libraries() / "fio")) {
    return *own;
  }
  if (const auto found = base::find_program("fio")) {
    return checked(*found);
  }
  return base::Error{"there is no fio", "",
                     fmt::format("install fio {}, or name it by --fio FILE", kFioVersion)};
}

base::Result<fs::path> find_engine() {
  const auto place = libraries() / "gantry-fio-engine.so";
  if (auto found = if_there(place)) {
    return *found;
  }
  return base::Error{fmt::format("there is no {}", place.native()), "",
                     "it is installed with gantry-fio"};
}

base::Result<fs::path> find_gantry() {
  if (auto found = if_there(own_directory() / "gantry")) {
    return *found;
  }
  return base::Error{"there is no gantry beside gantry-fio", "", "reports are made by it"};
}

}  // namespace gantry::fio
