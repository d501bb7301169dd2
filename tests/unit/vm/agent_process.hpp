#pragma once

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A program in the place of a virtual machine, at the other end of a socket.
struct ProcessAtSocket {
  Process process;
  base::Fd socket;
};

/// The program gets the number of its end as its last argument.
inline base::Result<ProcessAtSocket> start_at_socket(std::vector<std::string> arguments,
                                                     const std::filesystem::path& log) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("make", "a pair of sockets");
  }
  base::Fd ours(ends[0]);
  const base::Fd theirs(ends[1]);
  arguments.push_back(std::to_string(theirs.get()));
  GANTRY_TRY(auto process,
             Process::start({.arguments = arguments, .log = log, .inherited = {theirs.get()}}));
  return ProcessAtSocket{std::move(process), std::move(ours)};
}

/// The agent that runs in guests, here.
inline base::Result<ProcessAtSocket> start_agent(const std::filesystem::path& log) {
  return start_at_socket({GANTRY_GUEST_AGENT, "--fd"}, log);
}

}  // namespace gantry::vm
