#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/agent_messages.hpp"
#include "vm/agent_protocol.hpp"
#include "vm/deadline.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// Frames to and from the agent in a guest, which may send anything.
class AgentChannel {
 public:
  /// A connected socket, at whose other end is process, which must outlive this. Nothing is said.
  AgentChannel(base::Fd socket, Process& process)
      : socket_(std::move(socket)), process_(&process) {}

  /// Begins a session, in which nothing of an earlier one is heard. Says so again and again until
  /// the agent answers: it may not run yet, or be in the middle of something.
  base::Result<agent::Welcome> begin_session(Deadline deadline);

  /// Begins a request: answers to the one before are passed over from now on.
  void begin_request(agent::Type type, std::string_view body);

  /// Adds to what goes out; so much that exchange() is to be called once in a while.
  void add(agent::Type type, std::string_view body);

  /// Bytes that are not sent yet.
  std::size_t unsent() const { return outgoing_.size() - sent_; }

  /// Sends and receives: returns the next answer to the request (its body is there until the next
  /// call), or nothing as soon as fewer than low bytes are unsent. A kFailed is an Error.
  base::Result<std::optional<agent::Frame>> exchange(std::size_t low, Deadline deadline,
                                                     std::string_view doing);

  /// As exchange, until there is an answer.
  base::Result<agent::Frame> answer(Deadline deadline, std::string_view doing);

  /// Sends what is unsent, if that is possible until deadline; says nothing if not.
  void flush(Deadline deadline);

  int fd() const { return socket_.get(); }

 private:
  base::Result<std::optional<agent::Frame>> opening(Deadline deadline);
  base::Result<void> wait(Deadline deadline, std::string_view doing);
  base::Result<void> transfer(std::string_view doing);
  base::Result<void> send_some(std::string_view doing);
  base::Result<void> receive_some(std::string_view doing);
  base::Error lost(std::string_view doing);

  base::Fd socket_;
  Process* process_;
  agent::FrameReader reader_;
  std::string outgoing_;
  std::size_t sent_ = 0;  ///< of outgoing_
  std::uint64_t session_ = 0;
  std::uint32_t request_ = 0;
};

}  // namespace gantry::vm
