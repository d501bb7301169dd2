#include "vm/agent/storage.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#include "vm/agent/failure.hpp"
#include "vm/agent/fd.hpp"

namespace gantry::vm::agent {

namespace {

constexpr std::size_t kMostFailures = 30;  // they must fit a frame

std::string read_mounts() {
  const Fd file(open("/proc/self/mounts", O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 4096> chunk{};
  for (ssize_t count = 0; (count = read(file.get(), chunk.data(), chunk.size())) > 0;) {
    text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string_view next_word(std::string_view& rest, char end) {
  const auto word = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

/// Blanks and backslashes are written as three octal digits (getmntent(3)).
std::string without_escapes(std::string_view word) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto digits = word.substr(i + 1, 3);
    if (word[i] == '\\' && digits.size() == 3 &&
        std::all_of(digits.begin(), digits.end(), is_octal)) {
      text += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += 3;
    } else {
      text += word[i];
    }
  }
  return text;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty()) {
    if (next_word(options, ',') == wanted) {
      return true;
    }
  }
  return false;
}

/// The device, if it is one that has blocks.
std::optional<dev_t> block_device(const std::string& source) {
  struct stat status {};
  if (stat(source.c_str(), &status) != 0 || !S_ISBLK(status.st_mode)) {
    return std::nullopt;
  }
  return status.st_rdev;
}

void trim_file_system(const std::string& path, Synced& synced) {
  const Fd directory(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  fstrim_range range{0, ~0ULL, 0};
  if (directory && ioctl(directory.get(), FITRIM, &range) == 0) {
    synced.trimmed += range.len;
  } else if (errno != EOPNOTSUPP && errno != ENOTTY) {  // there are devices without
    auto failure = failure_of("trim " + path);
    if (synced.failures.size() < kMostFailures) {
      synced.failures.push_back(std::move(failure));
    }
  }
}

}  // namespace

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    auto line = next_word(text, '\n');
    Mount mount;
    mount.source = without_escapes(next_word(line, ' '));
    mount.path = without_escapes(next_word(line, ' '));
    next_word(line, ' ');  // its type
    mount.is_writable = has_option(next_word(line, ' '), "rw");
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Synced sync_storage(bool trim) {
  sync();
  Synced synced;
  std::vector<dev_t> trimmed;
  for (const auto& mount : trim ? parse_mounts(read_mounts()) : std::vector<Mount>()) {
    const auto device = mount.is_writable ? block_device(mount.source) : std::nullopt;
    if (device && std::find(trimmed.begin(), trimmed.end(), *device) == trimmed.end()) {
      trimmed.push_back(*device);
      trim_file_system(mount.path, synced);
    }
  }
  return synced;
}

void power_off() {
  const bool has_systemd = access("/run/systemd/system", F_OK) == 0;
  if (has_systemd && kill(1, SIGRTMIN + 4) == 0) {  // systemd(1): starts poweroff.target
    return;
  }
  sync();
  reboot(RB_POWER_OFF);
}

}  // namespace gantry::vm::agent
