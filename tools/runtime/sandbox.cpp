#include "runtime/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "runtime/first_process.hpp"

namespace gantry::runtime {

namespace {

/// The setup error that the child reports; empty once the program runs.
std::string read_report(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0 || errno != EINTR) {
      return text;
    }
  }
}

}  // namespace

base::Result<Outcome> run_in_sandbox(const std::filesystem::path& root, const Program& program,
                                     Isolation isolation, const Supervision& supervision) {
  if (program.arguments.empty()) {
    return base::Error{"no program to run", "", ""};
  }
  GANTRY_TRY(auto capture, Capture::make(supervision.streams));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make", "a pipe");
  }
  base::Fd report_read(ends[0]);
  base::Fd report_write(ends[1]);
  const HeldSignals signals;
  // One that came before they were held is for the program, too, but there is none yet.
  if (base::interrupted()) {
    return base::Error{"interrupted", "", ""};
  }
  const FirstProcess first{root,    program,   isolation, capture,
                           signals, geteuid(), getegid(), report_write.get()};
  const pid_t child = clone_process(isolation);
  if (child < 0) {
    return base::errno_error("start", "a process in new namespaces");
  }
  if (child == 0) {
    report_read = base::Fd();
    live_as_first_process(first);
  }
  report_write = base::Fd();
  const auto report = read_report(report_read.get());
  if (!report.empty()) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    const auto line_end = report.find('\n');
    return base::Error{"cannot set the sandbox up: " + report.substr(0, line_end), "",
                       report.substr(std::min(report.size() - 1, line_end) + 1)};
  }
  return supervise(child, signals, std::move(capture), supervision.timeout,
                   [child](int signal) { kill(child, signal); });
}

}  // namespace gantry::runtime
