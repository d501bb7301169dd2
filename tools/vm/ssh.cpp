#include "vm/ssh.hpp"

#include <array>
#include <cerrno>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/ports.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kLook{10};
constexpr std::chrono::seconds kLogoutTime{2};
constexpr const char* kHost = "127.0.0.1";
constexpr const char* kSocket = "ssh";
constexpr const char* kKnownHosts = "known_hosts";
constexpr const char* kMasterLog = "ssh.log";

std::vector<std::string> client_words(const Machine& machine, const SshAccess& access,
                                      std::uint16_t port) {
  const auto in_run = [&machine](const char* name) { return (machine.directory / name).native(); };
  std::vector<std::string> words{"ssh", "-F", "none", "-a", "-x", "-T"};
  for (const auto& option : {
           std::string("BatchMode=yes"),
           // The first key of the run's is believed, on the host's own loopback device; no other.
           std::string("StrictHostKeyChecking=accept-new"),
           "UserKnownHostsFile=" + in_run(kKnownHosts),
           std::string("GlobalKnownHostsFile=/dev/null"),
           std::string("IdentitiesOnly=yes"),
           std::string("IdentityAgent=none"),
           "IdentityFile=" + access.key.native(),
           std::string("PreferredAuthentications=publickey"),
           std::string("ServerAliveInterval=15"),
           std::string("ServerAliveCountMax=8"),
           std::string("LogLevel=ERROR"),
           "ControlPath=" + in_run(kSocket),
       }) {
    words.emplace_back("-o");
    words.push_back(option);
  }
  for (const auto& word :
       {std::string("-p"), std::to_string(port), std::string("-l"), access.user}) {
    words.push_back(word);
  }
  return words;
}

/// The client has ended instead of logging in.
base::Error not_logged_in(const Machine& machine, const SshAccess& access) {
  const auto log = machine.directory / kMasterLog;
  const auto text = base::read_file(log);
  const auto said = text ? std::string(base::trim(*text)) : std::string();
  std::string hint;
  if (said.find("Permission denied") != std::string::npos) {
    hint = fmt::format("does ~{}/.ssh/authorized_keys of the guest have {}.pub?", access.user,
                       access.key.native());
  }
  return {fmt::format("ssh cannot log in as {} at port {} of the guest: {}", access.user,
                      access.port, base::printable(said)),
          "", hint};
}

}  // namespace

Result<SshConnection> SshConnection::open(Machine& machine, const SshAccess& access,
                                          Deadline deadline) {
  GANTRY_TRY(const auto port, find_host_port(machine.ports, access.port));
  if (!base::find_program("ssh")) {
    return base::Error{"ssh is not installed", "", "on Debian: apt-get install openssh-client"};
  }
  auto client = client_words(machine, access, port);
  auto words = client;
  words.insert(words.end(), {"-N", "-o", "ControlMaster=yes", kHost});
  GANTRY_TRY(auto master, Process::start({words, machine.directory / kMasterLog, {}}));
  const auto doing = fmt::format("waiting for ssh to log in at port {} of the guest", access.port);
  // The socket is there when the server has let us in.
  while (!fs::exists(machine.directory / kSocket)) {
    GANTRY_TRY(const bool ended,
               machine.process->ready(master.ended_fd(), POLLIN, after(kLook), doing));
    if (ended) {
      return not_logged_in(machine, access);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return base::Error{fmt::format("the time is over while {}", doing), "", ""};
    }
  }
  client.insert(client.end(), {"-o", "ControlMaster=no"});
  return SshConnection(machine, std::move(client), std::move(master));
}

Result<std::string> SshConnection::run(const std::string& command, const fs::path& input,
                                       StepLog& log, Deadline deadline) {
  GANTRY_TRY(const Fd file, base::open_file(input, O_RDONLY | O_CLOEXEC));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make a pipe for", "ssh");
  }
  const Fd output(ends[0]);
  Fd written(ends[1]);
  auto words = client_;
  words.insert(words.end(), {kHost, command});
  Process::Start start;
  start.arguments = words;
  start.output = written.get();
  start.input = file.get();
  GANTRY_TRY(auto process, Process::start(start));
  written = Fd();
  constexpr const char* kDoing = "running a command by ssh";
  std::array<char, 16384> chunk;
  for (;;) {
    GANTRY_CHECK(machine_->process->wait_for(output.get(), POLLIN, deadline, kDoing));
    const auto count = read(output.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    GANTRY_CHECK(log.add({chunk.data(), static_cast<std::size_t>(count)}));
  }
  GANTRY_CHECK(machine_->process->wait_for(process.ended_fd(), POLLIN, deadline, kDoing));
  process.wait_for_end(deadline);
  return process.end();
}

void SshConnection::close() {
  auto words = client_;
  words.insert(words.end(), {"-O", "exit", kHost});
  const auto deadline = after(kLogoutTime);
  if (auto logout = Process::start({words, machine_->directory / kMasterLog, {}}); logout) {
    logout->wait_for_end(deadline);
  }
  master_.wait_for_end(deadline);
  master_.kill();
}

}  // namespace gantry::vm
