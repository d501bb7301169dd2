#include "base/memory.hpp"

#include <algorithm>
#include <limits>

#include <sys/resource.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::base {

namespace {

/// Of a line such as "MemAvailable:   23000000 kB".
std::optional<std::uint64_t> kibibytes(std::string_view meminfo, std::string_view name) {
  for (auto line : split(meminfo, '\n')) {
    if (!line.starts_with(name) || !line.ends_with(" kB")) {
      continue;
    }
    line.remove_prefix(name.size());
    line.remove_suffix(3);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return parse_unsigned(line);
  }
  return {};
}

/// The number in a file of a control group; what has none has no limit.
std::uint64_t limit_in(const char* path) {
  constexpr std::size_t kMost = 64;
  const auto text = read_file(path, kMost);
  const auto line = text ? split(*text, '\n').front() : std::string_view();
  return parse_unsigned(line).value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

std::optional<std::uint64_t> available_in(std::string_view meminfo) {
  const auto memory = kibibytes(meminfo, "MemAvailable:");
  if (!memory) {
    return {};
  }
  return (*memory + kibibytes(meminfo, "SwapFree:").value_or(0)) * 1024;
}

std::uint64_t available_memory() {
  constexpr std::size_t kMost = std::size_t{1} << 16;
  auto available = std::numeric_limits<std::uint64_t>::max();
  if (const auto meminfo = read_file("/proc/meminfo", kMost)) {
    available = available_in(*meminfo).value_or(available);
  }
  for (const auto* const path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    available = std::min(available, limit_in(path));
  }
  struct rlimit limit {};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    available = std::min<std::uint64_t>(available, limit.rlim_cur);
  }
  return available;
}

}  // namespace gantry::base
