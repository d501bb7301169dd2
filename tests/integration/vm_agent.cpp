#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "vm/agent_client.hpp"

// vm_agent <socket> <process ID of QEMU> <log> <word> <argument>...: asks the agent in a guest.
//   hello                  boot ID, nonce and counter
//   exec <program> ...     with our standard streams; its exit code
//   put|get <from> <to>
//   identity <clock> <seed> <name> <machine ID> <MAC address as 12 digits>...; "-" leaves it out
//   sync | trim | poweroff
//   times <n>              of connection and answer to `true`, n times, in microseconds
//   rates <MiB>            of put and get, in MB/s

namespace {

using namespace gantry;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

struct Guest {
  std::string socket;
  vm::Process* process;
};

base::Result<base::Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::errno_error("connect to", path);
  }
  return socket;
}

base::Result<vm::AgentClient> connect_to(const Guest& guest) {
  GANTRY_TRY(auto socket, connect_to(guest.socket));
  return vm::AgentClient::connect(std::move(socket), *guest.process, vm::after(60s));
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

base::Result<int> execute(vm::AgentClient& agent, const Words& words) {
  std::string input;
  if (isatty(STDIN_FILENO) == 0) {
    GANTRY_TRY(input, base::read_file("/dev/stdin"));
  }
  const auto print = [](vm::AgentStream stream, std::string_view bytes) {
    return base::write_all(stream == vm::AgentStream::kOutput ? STDOUT_FILENO : STDERR_FILENO,
                           std::as_bytes(std::span(bytes)), "our output");
  };
  GANTRY_TRY(const auto exited,
             agent.execute({words, {}, {}, false}, input, print, vm::after(60s)));
  return static_cast<int>(exited.code) + (exited.by_signal ? 128 : 0);
}

int print(const std::vector<vm::agent::Failure>& failures) {
  for (const auto& failure : failures) {
    fmt::print("{}\n", failure.what);
  }
  return failures.empty() ? 0 : 1;
}

base::Result<int> set_identity(vm::AgentClient& agent, const Words& words) {
  const auto given = [&](std::size_t i) { return words.at(i) == "-" ? "" : words.at(i); };
  vm::agent::Identity identity;
  if (words.at(0) != "-") {
    identity.clock = vm::wall_clock();
  }
  identity.seed = given(1);
  identity.host_name = given(2);
  identity.machine_id = given(3);
  for (std::size_t i = 4; i < words.size(); ++i) {
    auto& address = identity.mac_addresses.emplace_back();
    for (std::size_t byte = 0; byte < address.size(); ++byte) {
      const char* digits = words[i].data() + 2 * byte;
      std::from_chars(digits, digits + 2, address.at(byte), 16);
    }
  }
  GANTRY_TRY(const auto failures, agent.set_identity(identity, vm::after(60s)));
  return print(failures);
}

base::Result<int> print_times(const Guest& guest, int count) {
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    GANTRY_TRY(auto agent, connect_to(guest));
    const auto connected = Clock::now();
    GANTRY_TRY(const auto run, agent.run({{"true"}, {}, {}, false}, {}, vm::after(60s)));
    const auto end = Clock::now();
    fmt::print("{} {} {}\n", run.exited.code, (connected - begin) / 1us, (end - begin) / 1us);
  }
  return 0;
}

base::Result<int> print_rates(vm::AgentClient& agent, std::size_t size) {
  const std::string content(size, 'x');
  const auto rate = [&](Clock::time_point begin) {
    return static_cast<double>(size) / 1e6 /
           std::chrono::duration<double>(Clock::now() - begin).count();
  };
  auto begin = Clock::now();
  GANTRY_CHECK(agent.put(content, {.path = "/tmp/rate"}, vm::after(60s)));
  fmt::print("put {:.1f}\n", rate(begin));
  begin = Clock::now();
  std::size_t read = 0;
  GANTRY_TRY(const auto info, agent.get(
                                  "/tmp/rate", kMostBytes,
                                  [&](std::string_view bytes) -> base::Result<void> {
                                    read += bytes.size();
                                    return {};
                                  },
                                  vm::after(60s)));
  fmt::print("get {:.1f}\n", rate(begin));
  return read == size && info.size == size ? 0 : 1;
}

base::Result<int> ask(const Guest& guest, const std::string& word, const Words& words) {
  if (word == "times") {
    return print_times(guest, std::stoi(words.at(0)));
  }
  GANTRY_TRY(auto agent, connect_to(guest));
  if (word == "exec") {
    return execute(agent, words);
  }
  if (word == "put") {
    GANTRY_CHECK(agent.put_file(words.at(0), {.path = words.at(1)}, vm::after(60s)));
  } else if (word == "get") {
    GANTRY_TRY(const auto info,
               agent.get_file(words.at(0), kMostBytes, words.at(1), vm::after(60s)));
    fmt::print("{:o} {}\n", info.mode, info.size);
  } else if (word == "identity") {
    return set_identity(agent, words);
  } else if (word == "sync" || word == "trim") {
    GANTRY_TRY(const auto synced, agent.sync(word == "trim", vm::after(60s)));
    fmt::print("{}\n", synced.trimmed);
    return print(synced.failures);
  } else if (word == "poweroff") {
    GANTRY_CHECK(agent.power_off(vm::after(60s)));
  } else if (word == "rates") {
    return print_rates(agent, std::stoul(words.at(0)) << 20);
  } else {
    const auto& welcome = agent.welcome();
    fmt::print("{} {} {}\n", welcome.boot, hex(welcome.nonce), welcome.counter);
  }
  return 0;
}

int run(const Words& words) {
  auto process = vm::Process::adopt(std::stoi(words[1]), words[2]);
  if (!process) {
    fmt::print(stderr, "{}\n", process.error().what);
    return 2;
  }
  auto code = ask({words[0], &*process}, words[3], Words(words.begin() + 4, words.end()));
  process->release();
  if (!code) {
    fmt::print(stderr, "{}\n", code.error().what);
    return 125;
  }
  return *code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Words words(argv + 1, argv + argc);
    if (words.size() >= 4) {
      return run(words);
    }
    std::fputs("usage: vm_agent <socket> <process ID> <log> <word> <argument>...\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 2;
}
