#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/agent_channel.hpp"
#include "vm/agent_messages.hpp"
#include "vm/deadline.hpp"
#include "vm/process.hpp"

namespace gantry::content {
struct Entry;
}

namespace gantry::vm {

struct HostTree;

/// What a command in a guest has come to, and said.
struct AgentRun {
  agent::Exited exited;
  std::string output;
  std::string error_output;
};

enum class AgentStream { kOutput, kErrorOutput };

/// The agent in a guest (tools/vm/agent), which does what it is asked for. Every call waits until
/// its deadline at most, and says how the virtual machine has ended if it does so meanwhile.
class AgentClient {
 public:
  using Output = std::function<base::Result<void>(AgentStream, std::string_view)>;
  using Bytes = std::function<base::Result<void>(std::string_view)>;

  /// A connected socket of the port agent::kPortName, at whose other end is process, which must
  /// outlive this. Waits until the agent answers.
  static base::Result<AgentClient> connect(base::Fd socket, Process& process, Deadline deadline);

  /// Who answered.
  const agent::Welcome& welcome() const { return welcome_; }

  /// Asks again, and forgets whatever was going on.
  base::Result<agent::Welcome> begin_session(Deadline deadline);

  /// Runs a command with input as its standard input to its end; output gets what it says. When the
  /// time is over it gets SIGTERM, and two seconds later SIGKILL; so does its process group.
  base::Result<agent::Exited> execute(agent::Command command, std::string_view input,
                                      const Output& output, Deadline deadline);

  /// As execute, and keeps what it says: more than limit bytes are an Error.
  base::Result<AgentRun> run(const agent::Command& command, std::string_view input,
                             Deadline deadline, std::size_t limit = std::size_t{16} << 20);

  /// Writes a file of the guest's, with its directory there: the old content or the new, on disk.
  /// target.size is filled in.
  base::Result<void> put_file(const std::filesystem::path& source, agent::PutFile target,
                              Deadline deadline);
  base::Result<void> put(std::string_view content, agent::PutFile target, Deadline deadline);

  /// Fills a directory of the guest's, which is made if it is not there, in one stream: files and
  /// links take the place of those that are there, and directories that are there stay.
  base::Result<void> put_tree(const HostTree& tree, const std::string& path, Deadline deadline);

  /// Reads a file of the guest's: at most limit bytes, or an Error.
  base::Result<agent::FileInfo> get(std::string_view path, std::uint64_t limit,
                                    const Bytes& content, Deadline deadline);

  /// Into a file, which is there when it is whole.
  base::Result<agent::FileInfo> get_file(std::string_view path, std::uint64_t limit,
                                         const std::filesystem::path& destination,
                                         Deadline deadline);

  /// Makes the guest a machine of its own; the list says what did not work.
  base::Result<std::vector<agent::Failure>> set_identity(const agent::Identity& identity,
                                                         Deadline deadline);

  /// Has the guest write all that is dirty, and with trim discard what no file system needs.
  base::Result<agent::Synced> sync(bool trim, Deadline deadline);

  /// Returns as soon as the guest begins to turn itself off.
  base::Result<void> power_off(Deadline deadline);

  int fd() const { return channel_.fd(); }

 private:
  explicit AgentClient(AgentChannel channel) : channel_(std::move(channel)) {}
  using Source = std::function<base::Result<std::size_t>(char* to, std::size_t size)>;
  base::Result<agent::Exited> follow(std::string_view input, const Output& output,
                                     Deadline deadline, std::string_view doing);
  base::Result<void> send_file(const agent::PutFile& target, const Source& source,
                               Deadline deadline);
  base::Result<void> send_bytes(std::uint64_t size, const Source& source, Deadline deadline,
                                std::string_view doing);
  base::Result<void> send_ahead(Deadline deadline, std::string_view doing);
  base::Result<void> send_entry(const content::Entry& entry, Deadline deadline,
                                std::string_view doing);
  base::Result<void> end_put(Deadline deadline, std::string_view doing);
  base::Result<agent::FileInfo> receive_file(std::uint64_t limit, const Bytes& content,
                                             Deadline deadline, std::string_view doing);
  void terminate();
  void cancel();

  AgentChannel channel_;
  agent::Welcome welcome_;
};

/// An Error unless the guest that answers now is the one that answered before, and has gone on from
/// there: not one that was booted again, nor an agent that was.
base::Result<void> check_restored(const agent::Welcome& before, const agent::Welcome& now);

/// The host's clock, for agent::Identity.
std::uint64_t wall_clock();

}  // namespace gantry::vm
