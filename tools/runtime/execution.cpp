#include "runtime/execution.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::runtime {

namespace {

/// QEMU's word for one of Go's.
std::string_view qemu_name(std::string_view architecture) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {
      {{"386", "i386"},
       {"amd64", "x86_64"},
       {"arm64", "aarch64"},
       {"loong64", "loongarch64"},
       {"mips64le", "mips64el"}}};
  for (const auto& [go, qemu] : kNames) {
    if (go == architecture) {
      return qemu;
    }
  }
  return architecture;
}

}  // namespace

bool can_execute(const oci::Platform& platform, const oci::Platform& host,
                 const std::filesystem::path& binfmt) {
  if (platform.os != host.os) {
    return false;
  }
  const auto& wanted = platform.architecture;
  if (wanted == host.architecture || (wanted == "386" && host.architecture == "amd64") ||
      (wanted == "arm" && host.architecture == "arm64")) {
    return true;
  }
  const auto entry = base::read_file(binfmt / ("qemu-" + std::string(qemu_name(wanted))), 65536);
  if (!entry) {
    return false;
  }
  bool enabled = false;
  bool fixed = false;
  for (const auto line : base::split(*entry, '\n')) {
    enabled = enabled || line == "enabled";
    // F: the kernel opened the interpreter when it was registered, so no root has to hold it.
    fixed = fixed || (line.starts_with("flags:") && line.find('F') != std::string_view::npos);
  }
  return enabled && fixed;
}

}  // namespace gantry::runtime
