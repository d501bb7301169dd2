#include "vm/agent/child.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "vm/agent/failure.hpp"

namespace gantry::vm::agent {

namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Pipe {
  Fd reader;
  Fd writer;

  bool open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      return false;
    }
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
    return true;
  }
};

void do_not_block(const Fd& fd) {
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
}

std::string_view name_of(std::string_view assignment) {
  return assignment.substr(0, assignment.find('='));
}

/// Ours, with the command's variables in the place of those of the same names.
std::vector<char*> environment_of(const Command& command) {
  std::vector<char*> all;
  const auto is_named = [](std::string_view name) {
    return [name](const auto& variable) { return name_of(variable) == name; };
  };
  const auto& given = command.environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::none_of(given.begin(), given.end(), is_named(name_of(*variable)))) {
      all.push_back(*variable);
    }
  }
  for (const auto& variable : given) {
    all.push_back(const_cast<char*>(variable.c_str()));
  }
  if (std::none_of(all.begin(), all.end(), is_named("PATH"))) {
    all.push_back(const_cast<char*>(kPath));
  }
  all.push_back(nullptr);
  return all;
}

void take_default_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(SIGPIPE, &action, nullptr);
}

struct Streams {
  Pipe input;
  Pipe output;
  Pipe error_output;
  Pipe mishap;  ///< closed by a successful exec
};

/// Why a command did not come to run.
struct Mishap {
  bool in_directory = false;
  int code = 0;
};

[[noreturn]] void become(const Command& command, const Streams& streams) {
  setsid();
  take_default_signals();
  const int input =
      command.has_input ? streams.input.reader.get() : open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(input, STDIN_FILENO);
  dup2(streams.output.writer.get(), STDOUT_FILENO);
  dup2(streams.error_output.writer.get(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const auto& argument : command.arguments) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  auto environment = environment_of(command);
  Mishap mishap;
  mishap.in_directory = chdir(command.directory.empty() ? "/" : command.directory.c_str()) != 0;
  if (!mishap.in_directory) {
    environ = environment.data();  // execvp looks for PATH there
    execvp(arguments.front(), arguments.data());
  }
  mishap.code = errno;
  static_cast<void>(!write(streams.mishap.writer.get(), &mishap, sizeof mishap));
  _exit(127);
}

}  // namespace

std::variant<Child, Failure> Child::execute(const Command& command) {
  Streams streams;
  if ((command.has_input && !streams.input.open()) || !streams.output.open() ||
      !streams.error_output.open() || !streams.mishap.open()) {
    return failure_of("make a pipe");
  }
  const pid_t pid = ::fork();
  if (pid < 0) {
    return failure_of("start a process");
  }
  if (pid == 0) {
    become(command, streams);
  }
  streams.mishap.writer.reset();
  Mishap mishap;
  if (read(streams.mishap.reader.get(), &mishap, sizeof mishap) == sizeof mishap) {
    return failure_of(mishap.in_directory ? "enter the directory " + command.directory
                                          : "execute " + command.arguments.front(),
                      mishap.code);
  }
  Child child(pid);
  child.input = std::move(streams.input.writer);
  child.output.fd = std::move(streams.output.reader);
  child.error_output.fd = std::move(streams.error_output.reader);
  for (const Fd* fd : {&child.input, &child.output.fd, &child.error_output.fd}) {
    do_not_block(*fd);
  }
  return child;
}

std::variant<Child, Failure> Child::fork(const std::function<void(int out)>& work) {
  Pipe output;
  if (!output.open()) {
    return failure_of("make a pipe");
  }
  const pid_t pid = ::fork();
  if (pid < 0) {
    return failure_of("start a process");
  }
  if (pid == 0) {
    setsid();
    take_default_signals();
    work(output.writer.get());
    _exit(0);
  }
  Child child(pid);
  child.output.fd = std::move(output.reader);
  child.error_output.at_end = true;
  do_not_block(child.output.fd);
  return child;
}

Child::~Child() {
  if (pid() > 0 && !has_ended()) {
    signal(SIGKILL);
  }
}

void Child::signal(int number) const {
  if (has_ended()) {
    return;
  }
  if (kill(-pid(), number) != 0) {
    kill(pid(), number);  // it has not come to its own session yet
  }
}

void Child::ended(int status) {
  status_ = status;
  for (auto* stream : {&output, &error_output}) {
    int left = 0;
    if (stream->fd) {
      ioctl(stream->fd.get(), FIONREAD, &left);
    }
    stream->left = static_cast<std::size_t>(left);
  }
}

Exited Child::exited() const {
  const int status = status_.value_or(0);
  if (WIFSIGNALED(status)) {
    return {true, static_cast<std::uint32_t>(WTERMSIG(status))};
  }
  return {false, static_cast<std::uint32_t>(WEXITSTATUS(status))};
}

std::size_t Child::Stream::read(char* to, std::size_t size) {
  size = std::min(size, left.value_or(size));
  const auto count = at_end || size == 0 ? 0 : ::read(fd.get(), to, size);
  if (count > 0) {
    const auto bytes = static_cast<std::size_t>(count);
    if (left) {
      *left -= bytes;
    }
    return bytes;
  }
  if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    at_end = true;
  }
  return 0;
}

std::size_t Child::write_input() {
  std::size_t written = 0;
  if (input && !pending_input.empty()) {
    const auto count = ::write(input.get(), pending_input.data(), pending_input.size());
    if (count > 0) {
      written = static_cast<std::size_t>(count);
      pending_input.erase(0, written);
    } else if (errno != EAGAIN && errno != EINTR) {
      input.reset();  // it reads no more
    }
  }
  if (!input) {
    pending_input.clear();
  } else if (input_ends && pending_input.empty()) {
    input.reset();
  }
  return written;
}

}  // namespace gantry::vm::agent
