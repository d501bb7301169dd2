#include "vm/shares.hpp"

#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::milliseconds kPause{200};  // before it is tried again
constexpr std::chrono::seconds kAnswerTime{30};   // of the guest, to each try

/// Kernels without them in themselves have to load the modules; mount says what is wrong if they
/// could not.
constexpr std::string_view kMount = R"(set -e
! grep -q "^$1 [^ ]* 9p " /proc/mounts || exit 0
mkdir -p "/mnt/$1"
modprobe -a 9pnet_virtio 9p >/dev/null 2>&1 || true
exec mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$2" "$1" "/mnt/$1")";

/// Blanks are written as \040 there.
constexpr std::string_view kUnmount = R"sh(set -e
for path in $(sed -n "s/^$1 \([^ ]*\) 9p .*/\1/p" /proc/mounts); do
  umount "$(printf '%b' "$path")"
done)sh";

/// What the script said if it failed; nothing if it went well.
Result<std::string> run_script(AgentClient& agent, std::string_view script, const Share& share,
                               Deadline deadline) {
  GANTRY_TRY(
      const auto run,
      agent.run({{"sh", "-c", std::string(script), "sh", share.name, share.writable ? "rw" : "ro"},
                 {},
                 {},
                 false},
                {}, deadline));
  if (!run.exited.by_signal && run.exited.code == 0) {
    return std::string();
  }
  const auto said = base::printable(base::trim(run.error_output + run.output));
  return said.empty() ? std::string("it ended without a word") : said;
}

}  // namespace

Result<void> check_shares(const std::vector<Share>& shares) {
  for (const auto& share : shares) {
    std::error_code failure;
    if (!std::filesystem::is_directory(share.directory, failure)) {
      return base::Error{
          fmt::format("the directory that the guest is to see as {} is not there", share.name),
          share.directory.native(), ""};
    }
  }
  return {};
}

Result<void> attach_shares(AgentClient& agent, const std::vector<Share>& shares,
                           Deadline deadline) {
  for (const auto& share : shares) {
    GANTRY_TRY(const auto said, run_script(agent, kMount, share, deadline));
    if (!said.empty()) {
      return base::Error{
          fmt::format("the guest cannot mount the share {}: {}", share.name, said),
          share.directory.native(),
          "its kernel needs the modules 9p and 9pnet_virtio, which Debian's linux-image-amd64 has "
          "and its linux-image-cloud-amd64 has not"};
    }
  }
  return {};
}

Result<void> detach_shares(AgentClient& agent, const std::vector<Share>& shares,
                           Deadline deadline) {
  for (const auto& share : shares) {
    for (;;) {
      GANTRY_TRY(const auto said, run_script(agent, kUnmount, share, after(kAnswerTime)));
      if (said.empty()) {
        break;
      }
      if (std::chrono::steady_clock::now() + kPause > deadline) {
        return base::Error{
            fmt::format("the share {} cannot be taken away from the guest before it is saved: {}",
                        share.name, said),
            share.directory.native(),
            fmt::format("end what works in /mnt/{} by the last step", share.name)};
      }
      std::this_thread::sleep_for(kPause);
    }
  }
  return {};
}

}  // namespace gantry::vm
