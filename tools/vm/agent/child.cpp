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

  bool open(bool has_input) {
    return (!has_input || input.open()) && output.open() && error_output.open();
  }
};

/// What execvp(3) wants of a command, which must outlive this.
struct Words {
  explicit Words(const Command& command)
      : directory(command.directory.empty() ? "/" : command.directory.c_str()),
        environment(environment_of(command)) {
    for (const auto& argument : command.arguments) {
      arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
  }

  const char* directory;
  std::vector<char*> arguments;
  std::vector<char*> environment;
};

/// Why a command did not come to run.
struct Mishap {
  bool in_directory = false;
  int code = 0;
};

/// After vfork(2), in memory that is the agent's: nothing but system calls, and mishap,
/// of which the compiler believes that nobody reads it.
[[noreturn]] void become(const Words& words, const Streams& streams, volatile Mishap& mishap) {
  setsid();
  take_default_signals();
  const int input =
      streams.input.reader ? streams.input.reader.get() : open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(input, STDIN_FILENO);
  dup2(streams.output.writer.get(), STDOUT_FILENO);
  dup2(streams.error_output.writer.get(), STDERR_FILENO);
  mishap.in_directory = chdir(words.directory) != 0;
  if (!mishap.in_directory) {
    execvp(words.arguments.front(), words.arguments.data());
  }
  mishap.code = errno;
  _exit(127);
}

/// A fork would copy page tables first: of a small command that is two fifths of its time.
[[gnu::noinline]] pid_t start(const Words& words, const Streams& streams, volatile Mishap& mishap) {
  const pid_t pid = vfork();
  if (pid == 0) {
    become(words, streams, mishap);
  }
  return pid;
}

}  // namespace

std::variant<Child, Failure> Child::execute(const Command& command) {
  Streams streams;
  if (!streams.open(command.has_input)) {
    return failure_of("make a pipe");
  }
  Words words(command);
  volatile Mishap mishap;
  // execvp looks for PATH in what is ours.
  char** const ours = std::exchange(environ, words.environment.data());
  const pid_t pid = start(words, streams, mishap);
  environ = ours;
  if (pid < 0) {
    return failure_of("start a process");
  }
  if (mishap.code != 0) {
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
