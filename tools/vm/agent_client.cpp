#include "vm/agent_client.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/text.hpp"
#include "vm/agent_reply.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using agent::Type;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kLow = 4 * agent::kDataSize;  // unsent; then more is read
constexpr std::chrono::seconds kGrace{2};           // between SIGTERM and SIGKILL

void make_printable(std::vector<agent::Failure>& failures) {
  for (auto& failure : failures) {
    failure.what = shortened(failure.what);
  }
}

}  // namespace

Result<AgentClient> AgentClient::connect(Fd socket, Process& process, Deadline deadline) {
  AgentClient client(AgentChannel(std::move(socket), process));
  GANTRY_TRY(const auto welcome, client.begin_session(deadline));
  static_cast<void>(welcome);
  return client;
}

Result<agent::Welcome> AgentClient::begin_session(Deadline deadline) {
  GANTRY_TRY(welcome_, channel_.begin_session(deadline));
  return welcome_;
}

Result<agent::Exited> AgentClient::execute(agent::Command command, std::string_view input,
                                           const Output& output, Deadline deadline) {
  if (command.arguments.empty()) {
    return base::Error{"there is no command to run in the guest", "", ""};
  }
  command.has_input = !input.empty();
  const auto body = agent::encode(command);
  GANTRY_CHECK(check_length(body, "a command with its environment"));
  const auto doing = fmt::format("running {}", shortened(base::join(command.arguments, " ")));
  channel_.begin_request(Type::kExecute, body);
  auto exited = follow(input, output, deadline, doing);
  if (!exited) {
    if (std::chrono::steady_clock::now() >= deadline) {
      terminate();
    }
    cancel();
  }
  return exited;
}

Result<agent::Exited> AgentClient::follow(std::string_view input, const Output& output,
                                          Deadline deadline, std::string_view doing) {
  std::size_t window = agent::kInputWindow;
  bool input_is_open = !input.empty();
  for (;;) {
    while (input_is_open && (window > 0 || input.empty()) && channel_.unsent() < kLow) {
      const auto part = input.substr(0, std::min(window, agent::kDataSize));
      channel_.add(Type::kInput, part);
      window -= part.size();
      input.remove_prefix(part.size());
      input_is_open = !part.empty();
    }
    GANTRY_TRY(const auto frame, channel_.answer(deadline, doing));
    if (frame.type == Type::kOutput || frame.type == Type::kErrorOutput) {
      GANTRY_CHECK(
          output(frame.type == Type::kOutput ? AgentStream::kOutput : AgentStream::kErrorOutput,
                 frame.body));
    } else if (const auto credit = agent::decode_number(frame.body);
               frame.type == Type::kCredit && credit && *credit <= agent::kInputWindow - window) {
      window += *credit;
    } else if (const auto exited = agent::decode_exited(frame.body);
               frame.type == Type::kExited && exited) {
      return *exited;
    } else {
      return nonsense_while(doing);
    }
  }
}

/// What a command still says when its time is over is of no interest; its end is.
void AgentClient::terminate() {
  channel_.add(Type::kSignal, agent::encode(std::uint32_t{SIGTERM}));
  const auto deadline = after(kGrace);
  for (;;) {
    const auto frame = channel_.answer(deadline, "ending a command");
    if (!frame || frame->type == Type::kExited) {
      return;
    }
  }
}

void AgentClient::cancel() {
  channel_.add(Type::kCancel, {});
  channel_.flush(after(std::chrono::milliseconds(200)));
}

Result<AgentRun> AgentClient::run(const agent::Command& command, std::string_view input,
                                  Deadline deadline, std::size_t limit) {
  AgentRun run;
  const auto keep = [&](AgentStream stream, std::string_view bytes) -> Result<void> {
    auto& kept = stream == AgentStream::kOutput ? run.output : run.error_output;
    if (kept.size() + bytes.size() > limit) {
      return base::Error{fmt::format("a command in the guest said more than {} bytes", limit),
                         shortened(base::join(command.arguments, " ")), ""};
    }
    kept += bytes;
    return {};
  };
  GANTRY_TRY(run.exited, execute(command, input, keep, deadline));
  return run;
}

Result<agent::FileInfo> AgentClient::get(std::string_view path, std::uint64_t limit,
                                         const Bytes& content, Deadline deadline) {
  GANTRY_CHECK(check_length(std::string(path), "a path"));
  channel_.begin_request(Type::kGet, path);
  auto info = receive_file(limit, content, deadline, fmt::format("reading {}", shortened(path)));
  if (!info) {
    cancel();
  }
  return info;
}

Result<agent::FileInfo> AgentClient::receive_file(std::uint64_t limit, const Bytes& content,
                                                  Deadline deadline, std::string_view doing) {
  GANTRY_TRY(const auto first, channel_.answer(deadline, doing));
  const auto info = agent::decode_file_info(first.body);
  if (first.type != Type::kFileInfo || !info) {
    return nonsense_while(doing);
  }
  for (std::uint64_t size = 0;;) {
    GANTRY_TRY(const auto frame, channel_.answer(deadline, doing));
    if (frame.type == Type::kDone) {
      return *info;
    }
    if (frame.type != Type::kFileData) {
      return nonsense_while(doing);
    }
    size += frame.body.size();
    if (size > limit) {
      return base::Error{fmt::format("the file has more than {} bytes", limit),
                         fmt::format("the guest, {}", doing), ""};
    }
    GANTRY_CHECK(content(frame.body));
  }
}

Result<agent::FileInfo> AgentClient::get_file(std::string_view path, std::uint64_t limit,
                                              const fs::path& destination, Deadline deadline) {
  fs::path temporary = destination;
  temporary += ".part";
  GANTRY_TRY(const Fd file,
             base::open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW));
  auto info = get(
      path, limit,
      [&](std::string_view bytes) {
        return base::write_all(file.get(), std::as_bytes(std::span(bytes)), temporary);
      },
      deadline);
  if (!info) {
    unlink(temporary.c_str());
    return info;
  }
  if (rename(temporary.c_str(), destination.c_str()) != 0) {
    return base::errno_error("write", destination);
  }
  return info;
}

Result<std::vector<agent::Failure>> AgentClient::set_identity(const agent::Identity& identity,
                                                              Deadline deadline) {
  constexpr std::string_view kDoing = "giving the guest its identity";
  const auto body = agent::encode(identity);
  GANTRY_CHECK(check_length(body, "an identity"));
  channel_.begin_request(Type::kIdentity, body);
  GANTRY_TRY(const auto answer, channel_.answer(deadline, kDoing));
  auto failures = agent::decode_failures(answer.body);
  if (answer.type != Type::kOutcome || !failures) {
    return nonsense_while(kDoing);
  }
  make_printable(*failures);
  return *std::move(failures);
}

Result<agent::Synced> AgentClient::sync(bool trim, Deadline deadline) {
  constexpr std::string_view kDoing = "writing what the guest has not on disk";
  channel_.begin_request(Type::kSync, agent::encode(std::uint32_t{trim}));
  auto answer = channel_.answer(deadline, kDoing);
  if (!answer) {
    cancel();
    return std::move(answer).error();
  }
  auto synced = agent::decode_synced(answer->body);
  if (answer->type != Type::kSynced || !synced) {
    return nonsense_while(kDoing);
  }
  make_printable(synced->failures);
  return *std::move(synced);
}

Result<void> AgentClient::power_off(Deadline deadline) {
  constexpr std::string_view kDoing = "turning the guest off";
  channel_.begin_request(Type::kPowerOff, {});
  GANTRY_TRY(const auto answer, channel_.answer(deadline, kDoing));
  return answer.type == Type::kDone ? Result<void>() : nonsense_while(kDoing);
}

Result<void> check_restored(const agent::Welcome& before, const agent::Welcome& now) {
  constexpr const char* kHint = "its RAM is not that of the checkpoint";
  if (before.boot != now.boot) {
    return base::Error{"the guest was booted again, not restored", "", kHint};
  }
  if (before.nonce != now.nonce) {
    return base::Error{"the guest's agent was started again, not restored", "", kHint};
  }
  if (now.counter <= before.counter) {
    return base::Error{fmt::format("the guest is older than the checkpoint: its agent has begun {} "
                                   "sessions, and had begun {} before",
                                   now.counter, before.counter),
                       "", kHint};
  }
  return {};
}

std::uint64_t wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace gantry::vm
