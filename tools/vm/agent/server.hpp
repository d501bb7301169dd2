#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vm/agent/child.hpp"
#include "vm/agent/file_transfer.hpp"
#include "vm/agent/port.hpp"
#include "vm/agent/tree_transfer.hpp"
#include "vm/agent_messages.hpp"
#include "vm/agent_protocol.hpp"

namespace gantry::vm::agent {

/// Does what the host asks for, one request at a time, for as long as there may be a host.
class Server {
 public:
  explicit Server(Port port);

  /// Until the host is gone for good.
  void run();

 private:
  void greet();
  void wait();
  void reap();
  void say();
  void hear();
  void handle(const Frame& frame);
  void begin(const Frame& frame);
  void go_on(const Frame& frame);
  template <class T>
  void go_on(T& upload, const Frame& frame);
  template <class T>
  bool start(std::variant<T, Failure> begun);
  void begin_session(const Frame& hello);
  void end_request();

  void execute(const Frame& frame);
  void put(const Frame& frame);
  void put_tree(const Frame& frame);
  void get(const Frame& frame);
  void set_identity(const Frame& frame);
  void sync(const Frame& frame);
  void power_off();

  void take_input(Child& child, std::string_view bytes);
  void relay(Child& child);
  void relay_stream(Child::Stream& stream, Type type);
  void finish(Child& child);
  void pass_file_on();

  bool may_say_more() const;
  void send(Type type, std::string_view body = {});
  void fail(Failure failure);

  Port port_;
  bool has_host_ = true;
  FrameReader reader_;
  std::string outgoing_;
  std::size_t said_ = 0;  ///< of outgoing_
  std::vector<char> chunk_;
  Fd child_signals_;

  std::string boot_;
  std::string nonce_;
  std::uint64_t counter_ = 0;
  std::uint64_t session_ = 0;
  std::uint32_t request_ = 0;
  std::variant<std::monostate, Child, Upload, TreeUpload, Download> doing_;
  std::string worker_result_;
};

}  // namespace gantry::vm::agent
