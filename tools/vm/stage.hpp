#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/agent_client.hpp"
#include "vm/deadline.hpp"
#include "vm/guest.hpp"
#include "vm/machine.hpp"
#include "vm/ssh.hpp"
#include "vm/step_log.hpp"

namespace gantry::vm {

/// In the recording of a stage, if a condition or step of it has failed.
inline constexpr const char* kScreenPicture = "screen.png";

/// A machine on its way from one checkpoint to the next: what conditions and steps work with.
class Stage {
 public:
  struct Settings {
    std::chrono::seconds timeout{300};     ///< of the conditions together, and of each step
    double timeout_factor = 1;             ///< how much longer guests take here
    std::filesystem::path recording = {};  ///< a directory, for what is kept of the stage
    std::function<void(std::string_view)> progress;  ///< gets text of lines for a person, if set
    std::chrono::seconds room_patience{0};           ///< how long to wait for room when it is saved
    SshAccess ssh = {};
    std::vector<Share> shares = {};  ///< that its guest sees until it is saved
  };

  /// The machine must outlive it. agent: what is connected to its agent already.
  Stage(Machine& machine, Settings settings, std::optional<AgentClient> agent = {})
      : machine_(&machine), settings_(std::move(settings)), agent_(std::move(agent)) {}

  Machine& machine() { return *machine_; }
  const Settings& settings() const { return settings_; }

  /// When something that begins now has had its time.
  Deadline deadline() const { return after(scaled(settings_.timeout)); }
  std::chrono::milliseconds scaled(std::chrono::milliseconds time) const;

  /// The guest's agent, connected when it is needed first: a guest without one is fine until then.
  base::Result<AgentClient*> agent();
  bool agent_is_connected() const { return agent_.has_value(); }

  /// The agent hears that the host hangs up.
  void leave_agent() { agent_.reset(); }

  /// The guest's SSH server, logged in to when it is needed first; waits until it listens. A key of
  /// Gantry's own is given to the guest by its agent, if it has one.
  base::Result<SshConnection*> ssh();

  /// Ends what the host has open in the guest.
  void disconnect();

  /// Takes its shares away from the guest, if it has an agent that has them.
  base::Result<void> detach();

  /// Does it, and tells of it: "step 2/5 ssh setup.sh … 1.4 s".
  base::Result<void> tell(const std::string& what, const std::function<base::Result<void>()>& work);

  /// Keeps what the guest's screen shows in the recording, if it has one and still runs.
  void keep_screen();

 private:
  Machine* machine_;
  Settings settings_;
  std::optional<AgentClient> agent_;
  std::optional<SshConnection> ssh_;
};

}  // namespace gantry::vm
