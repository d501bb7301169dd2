#include "vm/orphans.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <system_error>

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;

namespace {

constexpr int kRounds = 5;
constexpr std::chrono::milliseconds kPatience{5000};

/// Of programs that outlive us when they daemonize. Others that name a directory may be a person's
/// who looks into it.
constexpr std::array<std::string_view, 5> kServers{"qemu-", "swtpm", "nbdkit", "ssh", "virtiofsd"};

std::string target_of(const fs::path& link) {
  std::error_code failure;
  const auto target = fs::read_symlink(link, failure);
  return failure ? std::string() : target.native();
}

bool is_ours(const fs::path& process) {
  struct stat status {};
  return stat(process.c_str(), &status) == 0 && status.st_uid == geteuid();
}

/// Nothing: it is none of the directory's. inside: the directory's name and a slash.
std::optional<Orphan> orphan_in(const fs::path& process, const std::string& inside) {
  const auto number = base::parse_unsigned(process.filename().native());
  if (!number || static_cast<pid_t>(*number) == getpid() || !is_ours(process)) {
    return std::nullopt;
  }
  Orphan orphan{static_cast<pid_t>(*number),
                fs::path(target_of(process / "exe")).filename().native()};
  const auto begins = [&orphan](std::string_view prefix) {
    return orphan.program.starts_with(prefix);
  };
  if (target_of(process / "fd" / "1").starts_with(inside)) {
    return orphan;
  }
  if (std::none_of(kServers.begin(), kServers.end(), begins)) {
    return std::nullopt;
  }
  const auto words = base::read_file(process / "cmdline");
  return words && words->find(inside) != std::string::npos ? std::optional(orphan) : std::nullopt;
}

}  // namespace

std::vector<Orphan> processes_of(const fs::path& directory) {
  std::vector<Orphan> found;
  const auto inside = directory.native() + "/";
  std::error_code failure;
  for (auto it = fs::directory_iterator("/proc", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    if (auto orphan = orphan_in(it->path(), inside)) {
      found.push_back(*std::move(orphan));
    }
  }
  return found;
}

std::vector<Orphan> end_processes_of(const fs::path& directory) {
  std::vector<Orphan> ended;
  const auto inside = directory.native() + "/";
  // One that is ended may have started another since the first look.
  for (int round = 0; round < kRounds; ++round) {
    const auto found = processes_of(directory);
    if (found.empty()) {
      break;
    }
    for (const auto& orphan : found) {
      const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, orphan.pid, 0)));
      // Looked at again: the number may be another process's since.
      if (!pidfd || !orphan_in(fs::path("/proc") / std::to_string(orphan.pid), inside)) {
        continue;
      }
      syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
      pollfd polled{pidfd.get(), POLLIN, 0};
      poll(&polled, 1, static_cast<int>(kPatience.count()));
      ended.push_back(orphan);
    }
  }
  return ended;
}

}  // namespace gantry::vm
