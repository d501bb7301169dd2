#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/spec_lines.hpp"
#include "vm/ssh.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr const char* kAuthorize =
    "home=$(eval \"echo ~$1\")\n"
    "case $home in /*) ;; *) echo \"there is no user $1\"; exit 1 ;; esac\n"
    "umask 077\n"
    "mkdir -p \"$home/.ssh\"\n"
    "keys=$home/.ssh/authorized_keys\n"
    "grep -qxF \"$2\" \"$keys\" 2>/dev/null || echo \"$2\" >>\"$keys\"\n"
    "chown \"$1\" \"$home/.ssh\" \"$keys\"\n";

}  // namespace

Result<std::string> parse_ssh_user(std::string_view text) {
  // It becomes a word of the client's and of a shell's in the guest.
  if (text.empty() || text.size() > 32 || text.front() == '-' || text.front() == '.' ||
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          std::string_view::npos) {
    return wrong_value(text, "a user (up to 32 letters, digits and any of '._-')");
  }
  return std::string(text);
}

Result<fs::path> own_ssh_key(const fs::path& directory) {
  GANTRY_CHECK(base::make_directories(directory));
  GANTRY_TRY(const auto lock, base::FileLock::of_directory(directory));
  auto key = directory / "ssh";
  if (fs::exists(key) && fs::exists(directory / "ssh.pub")) {
    return key;
  }
  // The private key comes last, so that there is never one of two.
  const auto made = directory / "ssh.new";
  GANTRY_CHECK(base::remove_tree(made));
  GANTRY_CHECK(base::run_checked({.arguments = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                                                "gantry", "-f", made.native()}}));
  std::error_code failure;
  fs::rename(directory / "ssh.new.pub", directory / "ssh.pub", failure);
  if (!failure) {
    fs::rename(made, key, failure);
  }
  if (failure) {
    return base::Error{"cannot keep a key pair: " + failure.message(), directory.native(), ""};
  }
  return key;
}

Result<void> authorize_ssh_key(AgentClient& agent, const std::string& user,
                               const fs::path& public_key, Deadline deadline) {
  GANTRY_TRY(const auto text, base::read_file(public_key, 4096));
  const std::string key(base::trim(text));
  GANTRY_TRY(const auto run,
             agent.run({{"sh", "-ec", kAuthorize, "sh", user, key}, {}, {}, true}, {}, deadline));
  if (run.exited.by_signal || run.exited.code != 0) {
    return base::Error{fmt::format("the guest does not take Gantry's key for {}: {}", user,
                                   base::printable(base::trim(run.output + run.error_output))),
                       "", ""};
  }
  return {};
}

}  // namespace gantry::vm
