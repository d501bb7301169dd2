#pragma once

#include <filesystem>
#include <optional>
#include <utility>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/agent_client.hpp"
#include "vm/machine.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// A machine of its own that goes on from a checkpoint: with a disk and memory that nobody else
/// sees and, if its guest has the agent, the host's clock, random numbers, a host name, a machine
/// id and network addresses of its own, and its shares. All it leaves goes with it.
class Clone {
 public:
  enum class Being {
    kItsOwn,   ///< a machine that is told from others
    kAsSaved,  ///< with the clock, names and addresses of the one that was saved
  };

  /// The platform is the one that runs here: an Error names what differs from the checkpoint's.
  /// console_log gets what the guest says; empty: a file that goes with the clone. libvirt: URI of
  /// the daemon that runs it (resume_under_libvirt), with such a file; empty: none.
  static base::Result<Clone> start(const SavedState& state, const Platform& platform,
                                   Being being = Being::kItsOwn,
                                   const std::filesystem::path& console_log = {},
                                   const std::string& libvirt = {});

  Machine& machine() { return machine_; }

  /// Leaves its monitor, console and agent to others, who connect to the sockets in its directory.
  void let_go_of_sockets();

  /// The connection to its agent, once. None: the guest has no agent that answers.
  std::optional<AgentClient> take_agent() { return std::exchange(agent_, std::nullopt); }

 private:
  Clone(base::TempDir directory, Machine machine)
      : directory_(std::move(directory)), machine_(std::move(machine)) {}
  base::Result<void> become_another();

  base::TempDir directory_;
  Machine machine_;
  std::optional<AgentClient> agent_;
};

/// An Error that names the first thing in which they differ: QEMU would go on nevertheless with
/// some of them, and the guest go wrong.
base::Result<void> check_same_platform(const Platform& saved, const Platform& here);

}  // namespace gantry::vm
