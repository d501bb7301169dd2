#include "vm/heard_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace gantry::vm {

using base::Error;
using base::Fd;
using base::Result;

Result<HeardProcess> HeardProcess::start(std::vector<std::string> arguments,
                                         std::vector<int> inherited) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make a pipe for", arguments.front());
  }
  Fd reader(ends[0]);
  const Fd writer(ends[1]);
  // What it has started may hold the other end for longer than it lives.
  fcntl(reader.get(), F_SETFL, O_NONBLOCK);
  GANTRY_TRY(auto process,
             Process::start({std::move(arguments), {}, std::move(inherited), writer.get()}));
  return HeardProcess(std::move(process), std::move(reader));
}

HeardProcess::~HeardProcess() {
  if (process_.pid() > 0) {
    end();
  }
}

bool HeardProcess::listen() {
  std::array<char, 4096> buffer;
  while (output_) {
    const auto count = read(output_.get(), buffer.data(), buffer.size());
    if (count > 0) {
      said_.append(buffer.data(), static_cast<std::size_t>(count));
      if (said_.size() > kMost) {
        return false;
      }
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
      output_ = Fd();
    } else if (errno == EAGAIN) {
      break;
    }
  }
  return true;
}

std::string HeardProcess::end() {
  // It leads a process group, whose number is nobody else's before it has been waited for.
  if (process_.end().empty()) {
    pollfd polled{process_.ended_fd(), POLLIN, 0};
    const bool ended_itself = poll(&polled, 1, 0) == 1;
    ::kill(-process_.pid(), SIGKILL);
    if (!ended_itself) {
      process_.kill();
    }
  }
  process_.wait_for_end(after(std::chrono::seconds(10)));
  return process_.end();
}

Result<std::string> HeardProcess::hear_out(Deadline deadline, std::string_view words) {
  for (;;) {
    if (!listen()) {
      return Error{fmt::format("{} says more than {} bytes", words, kMost), "", ""};
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return Error{fmt::format("{} does not end", words), "", ""};
    }
    std::array<pollfd, 2> polled{{{output_fd(), POLLIN, 0}, {ended_fd(), POLLIN, 0}}};
    // A signal that comes just before the wait does not end it.
    poll(polled.data(), polled.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 250)));
    if (base::interrupted()) {
      return Error{fmt::format("stopped while waiting for {}", words), "", ""};
    }
    if (polled[1].revents != 0) {
      break;
    }
  }
  const bool bounded = listen();
  const auto how = end();
  if (!bounded || how != "exit code 0") {
    return Error{fmt::format("{} ended by {}: {}", words, how,
                             base::printable(base::trim(said_.substr(0, 500)))),
                 "", ""};
  }
  return said_;
}

}  // namespace gantry::vm
