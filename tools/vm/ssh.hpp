#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "vm/agent_client.hpp"
#include "vm/deadline.hpp"
#include "vm/machine.hpp"
#include "vm/process.hpp"
#include "vm/step_log.hpp"

namespace gantry::vm {

/// How to log in to a guest.
struct SshAccess {
  std::string user = "root";
  std::uint16_t port = 22;     ///< of the guest, which is forwarded
  std::filesystem::path key;   ///< the private one; empty: Gantry's own pair
  std::filesystem::path keys;  ///< the directory of that, made when it is needed
};

/// "root": what a user of a guest may be called. An Error otherwise.
base::Result<std::string> parse_ssh_user(std::string_view text);

/// The private key of Gantry's own pair in a directory, made if it is not there; the public one is
/// beside it, as FILE.pub.
base::Result<std::filesystem::path> own_ssh_key(const std::filesystem::path& directory);

/// Lets the owner of a public key log in as user.
base::Result<void> authorize_ssh_key(AgentClient& agent, const std::string& user,
                                     const std::filesystem::path& public_key, Deadline deadline);

/// A connection to the SSH server of a guest by the system's client, which reads no configuration.
/// All that runs by it shares one connection, and one exchange of keys.
class SshConnection {
 public:
  /// The machine must outlive it. access.key is there. An Error quotes what the client has said.
  static base::Result<SshConnection> open(Machine& machine, const SshAccess& access,
                                          Deadline deadline);

  /// Runs a command of the guest's shell with a file as its standard input; log gets what it says.
  /// How it ended: "exit code 0".
  base::Result<std::string> run(const std::string& command, const std::filesystem::path& input,
                                StepLog& log, Deadline deadline);

  /// Logs out.
  void close();

 private:
  SshConnection(Machine& machine, std::vector<std::string> client, Process master)
      : machine_(&machine), client_(std::move(client)), master_(std::move(master)) {}

  Machine* machine_;
  std::vector<std::string> client_;  ///< the client's words, up to the host
  Process master_;
};

}  // namespace gantry::vm
