#include "vm/agent/server.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "vm/agent/failure.hpp"
#include "vm/agent/identity.hpp"
#include "vm/agent/nonce.hpp"
#include "vm/agent/storage.hpp"

namespace gantry::vm::agent {

namespace {

constexpr std::size_t kMostUnsaid = 4 * kDataSize;  // then what makes more has to wait
constexpr std::size_t kLongestReason = 4096;

Fd watch_children() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

Failure nonsense() {
  return {"the host's request has a form that this agent does not know", EPROTO};
}

void write_result(int out, std::string_view result) {
  while (!result.empty()) {
    const auto count = write(out, result.data(), result.size());
    if (count < 0) {
      return;
    }
    result.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

Server::Server(Port port)
    : port_(std::move(port)),
      chunk_(kDataSize),
      child_signals_(watch_children()),
      boot_(read_boot_id()),
      nonce_(draw_nonce()) {}

void Server::run() {
  greet();
  for (;;) {
    if (std::holds_alternative<Download>(doing_)) {
      pass_file_on();
    }
    say();
    if (!has_host_) {
      end_request();
      if (!port_.wait_for_host()) {
        return;
      }
      greet();
      continue;
    }
    wait();
  }
}

/// Nothing that was on its way to a host that is gone is of use to the next one.
void Server::greet() {
  has_host_ = true;
  session_ = 0;
  reader_.clear();
  reader_.accept(0);
  outgoing_.clear();
  said_ = 0;
  append_frame(outgoing_, {Type::kReady, 0, 0, {}});
}

void Server::wait() {
  auto* const child = std::get_if<Child>(&doing_);
  std::array<pollfd, 5> polled{{{port_.fd(), POLLIN, 0},
                                {child_signals_.get(), POLLIN, 0},
                                {-1, POLLIN, 0},
                                {-1, POLLIN, 0},
                                {-1, POLLOUT, 0}}};
  if (said_ < outgoing_.size()) {
    polled[0].events |= POLLOUT;
  }
  if (child != nullptr) {
    if (may_say_more()) {
      polled[2].fd = child->output.at_end ? -1 : child->output.fd.get();
      polled[3].fd = child->error_output.at_end ? -1 : child->error_output.fd.get();
    }
    polled[4].fd = child->pending_input.empty() ? -1 : child->input.get();
  }
  const bool has_more = std::holds_alternative<Download>(doing_) && may_say_more();
  if (poll(polled.data(), polled.size(), has_more ? 0 : -1) < 0) {
    return;
  }
  if (polled[1].revents != 0) {
    reap();
  }
  if (child != nullptr) {
    relay(*child);
  }
  if (polled[0].revents != 0) {
    hear();
    has_host_ = has_host_ && (polled[0].revents & (POLLERR | POLLNVAL)) == 0;
  }
}

void Server::reap() {
  std::array<signalfd_siginfo, 8> drained;
  static_cast<void>(!read(child_signals_.get(), drained.data(), sizeof drained));
  int status = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (auto* child = std::get_if<Child>(&doing_); child != nullptr && child->pid() == pid) {
      child->ended(status);
    }
  }
}

void Server::say() {
  while (said_ < outgoing_.size()) {
    const auto count = port_.write(std::string_view(outgoing_).substr(said_));
    if (count <= 0) {
      has_host_ = has_host_ && count == 0;
      break;
    }
    said_ += static_cast<std::size_t>(count);
  }
  if (said_ == outgoing_.size()) {
    outgoing_.clear();
    said_ = 0;
  }
}

void Server::hear() {
  const auto count = port_.read(chunk_.data(), chunk_.size());
  if (count < 0) {
    has_host_ = false;
    return;
  }
  reader_.append({chunk_.data(), static_cast<std::size_t>(count)});
  while (const auto frame = reader_.next()) {
    handle(*frame);
  }
}

void Server::handle(const Frame& frame) {
  switch (frame.type) {
    case Type::kHello:
      begin_session(frame);
      break;
    case Type::kExecute:
    case Type::kPut:
    case Type::kPutTree:
    case Type::kGet:
    case Type::kIdentity:
    case Type::kSync:
    case Type::kPowerOff:
      begin(frame);
      break;
    default:
      if (frame.request == request_) {
        go_on(frame);
      }
  }
}

void Server::begin_session(const Frame& hello) {
  if (hello.session != session_) {
    end_request();
    session_ = hello.session;
    reader_.accept(session_);
    ++counter_;
  }
  const auto welcome = encode(Welcome{kVersion, boot_, nonce_, counter_});
  append_frame(outgoing_, {Type::kWelcome, hello.request, session_, welcome});
}

void Server::begin(const Frame& frame) {
  end_request();
  request_ = frame.request;
  if (frame.type == Type::kExecute) {
    execute(frame);
  } else if (frame.type == Type::kPut) {
    put(frame);
  } else if (frame.type == Type::kPutTree) {
    put_tree(frame);
  } else if (frame.type == Type::kGet) {
    get(frame);
  } else if (!port_.is_virtio()) {
    fail({"this agent does not listen at the port of a virtual machine, which it might change",
          EPERM});
  } else if (frame.type == Type::kIdentity) {
    set_identity(frame);
  } else if (frame.type == Type::kSync) {
    sync(frame);
  } else {
    power_off();
  }
}

void Server::go_on(const Frame& frame) {
  if (frame.type == Type::kCancel) {
    end_request();
  } else if (auto* child = std::get_if<Child>(&doing_)) {
    if (frame.type == Type::kInput) {
      take_input(*child, frame.body);
    } else if (const auto number = decode_number(frame.body);
               frame.type == Type::kSignal && number && *number < NSIG) {
      child->signal(static_cast<int>(*number));
    }
  } else if (auto* upload = std::get_if<Upload>(&doing_)) {
    go_on(*upload, frame);
  } else if (auto* tree = std::get_if<TreeUpload>(&doing_)) {
    if (auto entry = decode_tree_entry(frame.body); frame.type == Type::kTreeEntry && entry) {
      if (auto failure = tree->add(*std::move(entry))) {
        fail(*std::move(failure));
      }
    } else {
      go_on(*tree, frame);
    }
  }
}

template <class T>
void Server::go_on(T& upload, const Frame& frame) {
  auto failure = frame.type == Type::kPutData  ? upload.write(frame.body)
                 : frame.type == Type::kPutEnd ? upload.finish()
                                               : std::optional(nonsense());
  if (failure) {
    fail(*std::move(failure));
  } else if (frame.type == Type::kPutEnd) {
    end_request();
    send(Type::kDone);
  }
}

/// False if it cannot be begun, which the host is told.
template <class T>
bool Server::start(std::variant<T, Failure> begun) {
  if (auto* failure = std::get_if<Failure>(&begun)) {
    fail(std::move(*failure));
    return false;
  }
  doing_ = std::get<T>(std::move(begun));
  return true;
}

void Server::end_request() {
  doing_ = std::monostate();
}

void Server::execute(const Frame& frame) {
  const auto command = decode_command(frame.body);
  if (!command) {
    return fail(nonsense());
  }
  start(Child::execute(*command));
}

void Server::put(const Frame& frame) {
  auto file = decode_put_file(frame.body);
  if (!file) {
    return fail(nonsense());
  }
  start(Upload::begin(*std::move(file)));
}

void Server::put_tree(const Frame& frame) {
  const auto tree = decode_put_tree(frame.body);
  if (!tree) {
    return fail(nonsense());
  }
  start(TreeUpload::begin(*tree));
}

void Server::get(const Frame& frame) {
  if (start(Download::begin(std::string(frame.body)))) {
    send(Type::kFileInfo, encode(std::get<Download>(doing_).info()));
  }
}

void Server::set_identity(const Frame& frame) {
  const auto identity = decode_identity(frame.body);
  if (!identity) {
    return fail(nonsense());
  }
  send(Type::kOutcome, encode(assume(*identity)));
}

void Server::sync(const Frame& frame) {
  // A file system may take its time, or for ever: the host is heard meanwhile.
  const bool trim = decode_number(frame.body).value_or(0) != 0;
  worker_result_.clear();
  start(Child::fork([trim](int out) { write_result(out, encode(sync_storage(trim))); }));
}

void Server::power_off() {
  send(Type::kDone);
  say();
  agent::power_off();
}

void Server::take_input(Child& child, std::string_view bytes) {
  if (child.pending_input.size() + bytes.size() > kInputWindow) {
    return fail({"the host has sent more of the command's input than it was asked for", EPROTO});
  }
  child.input_ends = bytes.empty();
  child.pending_input += bytes;
  relay(child);
}

void Server::relay(Child& child) {
  if (const auto written = child.write_input(); written > 0) {
    send(Type::kCredit, encode(static_cast<std::uint32_t>(written)));
  }
  relay_stream(child.output, Type::kOutput);
  relay_stream(child.error_output, Type::kErrorOutput);
  const auto is_dry = [](const Child::Stream& stream) { return stream.at_end || stream.left == 0; };
  if (child.has_ended() && is_dry(child.output) && is_dry(child.error_output)) {
    finish(child);
  }
}

void Server::relay_stream(Child::Stream& stream, Type type) {
  while (may_say_more() && !stream.at_end) {
    const auto count = stream.read(chunk_.data(), chunk_.size());
    if (count == 0) {
      break;
    }
    const std::string_view bytes(chunk_.data(), count);
    if (const auto* child = std::get_if<Child>(&doing_); child->is_execution()) {
      send(type, bytes);
    } else if (worker_result_.size() + count <= kLongestBody) {
      worker_result_ += bytes;
    }
  }
}

void Server::finish(Child& child) {
  const bool is_execution = child.is_execution();
  const auto exited = child.exited();
  end_request();
  if (is_execution) {
    send(Type::kExited, encode(exited));
  } else if (decode_synced(worker_result_)) {
    send(Type::kSynced, worker_result_);
  } else {
    fail({"the process that was to sync has ended before", ECHILD});
  }
}

void Server::pass_file_on() {
  while (may_say_more()) {
    auto& download = std::get<Download>(doing_);
    auto part = download.read(chunk_.data(), chunk_.size());
    if (auto* failure = std::get_if<Failure>(&part)) {
      return fail(std::move(*failure));
    }
    const auto count = std::get<std::size_t>(part);
    if (count == 0) {
      end_request();
      return send(Type::kDone);
    }
    send(Type::kFileData, {chunk_.data(), count});
  }
}

bool Server::may_say_more() const {
  return outgoing_.size() - said_ < kMostUnsaid;
}

void Server::send(Type type, std::string_view body) {
  if (said_ > kMostUnsaid) {
    outgoing_.erase(0, said_);
    said_ = 0;
  }
  append_frame(outgoing_, {type, request_, session_, body});
}

/// The end of the request.
void Server::fail(Failure failure) {
  end_request();
  failure.what.resize(std::min(failure.what.size(), kLongestReason));
  send(Type::kFailed, encode(failure));
}

}  // namespace gantry::vm::agent
