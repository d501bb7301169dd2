#include "vm/qemu_program.hpp"

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/heard_process.hpp"

namespace gantry::vm {

using base::Error;
using base::Result;

Result<std::filesystem::path> find_qemu(const std::string& name, std::string_view package) {
  if (const auto found = base::find_program(name)) {
    return *found;
  }
  return Error{fmt::format("{} is not installed", name), "",
               fmt::format("on Debian: apt-get install {}", package)};
}

Result<std::string> version_of(const std::string& qemu, Deadline deadline) {
  const auto words = qemu + " --version";
  GANTRY_TRY(auto process, HeardProcess::start({qemu, "--version"}));
  GANTRY_TRY(const auto said, process.hear_out(deadline, words));
  // "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)", and a line of its authors
  constexpr std::string_view kBefore = "version ";
  const auto line = base::split(said, '\n').front();
  const auto at = line.find(kBefore);
  if (at == std::string_view::npos || base::trim(line.substr(at + kBefore.size())).empty()) {
    return Error{fmt::format("{} does not say which version it is: {}", words,
                             base::printable(line.substr(0, 200))),
                 "", ""};
  }
  return base::printable(base::trim(line.substr(at + kBefore.size())));
}

Result<std::string> newest_machine(const std::string& qemu, std::string_view alias,
                                   Deadline deadline) {
  const auto words = qemu + " -machine help";
  GANTRY_TRY(auto process, HeardProcess::start({qemu, "-machine", "help"}));
  GANTRY_TRY(const auto said, process.hear_out(deadline, words));
  // "q35                  Standard PC (Q35 + ICH9, 2009) (alias of pc-q35-7.2)"
  constexpr std::string_view kBefore = "(alias of ";
  for (const auto line : base::split(said, '\n')) {
    const auto at = line.find(kBefore);
    if (line.substr(0, line.find(' ')) == alias && at != std::string_view::npos) {
      const auto name = line.substr(at + kBefore.size());
      return base::printable(name.substr(0, name.find(')')));
    }
  }
  return Error{fmt::format("{} does not list the machine {}", words, alias), "", ""};
}

}  // namespace gantry::vm
