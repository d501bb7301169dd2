#include "vm/qmp.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Fd;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::size_t kLongestMessage = std::size_t{16} << 20;
constexpr std::size_t kMostEvents = 1000;
constexpr std::chrono::seconds kAnswerTime{60};  // QEMU answers at once, unless the machine is slow

/// Values that are nested deeper than any of QEMU's are left out.
bool is_shallow(int depth, json::parse_event_t, const json&) {
  return depth < 64;
}

bool is_event(const json& message, std::string_view name) {
  const auto event = message.find("event");
  return event != message.end() && *event == name;
}

base::Error lost(std::string_view doing) {
  return {fmt::format("QEMU closed its monitor while {}", doing), "", ""};
}

}  // namespace

Result<Qmp> Qmp::open(Fd socket, Process& process, Deadline deadline) {
  Qmp qmp(std::move(socket), process);
  // What QEMU will read once it has greeted: it need not wait for us then.
  GANTRY_CHECK(qmp.send("{\"execute\":\"qmp_capabilities\"}\n", -1));
  GANTRY_TRY(const auto greeting, qmp.receive(deadline, "waiting for its monitor"));
  if (!greeting.contains("QMP")) {
    return base::Error{"what answers is no monitor of QEMU", "",
                       "it said " + base::printable(greeting.dump().substr(0, 200))};
  }
  GANTRY_TRY(const auto answer, qmp.answer("qmp_capabilities"));
  static_cast<void>(answer);
  return qmp;
}

Result<json> Qmp::execute(std::string_view command, std::string_view arguments) {
  return execute_with(-1, command, arguments);
}

Result<json> Qmp::execute_with(int fd, std::string_view command, std::string_view arguments) {
  const auto line = arguments.empty() ? fmt::format("{{\"execute\":\"{}\"}}\n", command)
                                      : fmt::format("{{\"execute\":\"{}\",\"arguments\":{}}}\n",
                                                    command, arguments);
  const std::lock_guard lock(*turn_);
  GANTRY_CHECK(send(line, fd));
  return answer(command);
}

Result<json> Qmp::wait_for_event(std::string_view name, Deadline deadline) {
  for (auto it = events_.begin(); it != events_.end(); ++it) {
    auto event = json::parse(*it);
    if (is_event(event, name)) {
      events_.erase(it);
      return event.value("data", json::object());
    }
  }
  for (;;) {
    GANTRY_TRY(auto message, receive(deadline, fmt::format("waiting for the event {}", name)));
    if (is_event(message, name)) {
      return message.value("data", json::object());
    }
  }
}

Result<void> Qmp::send(std::string_view line, int fd) {
  iovec part{const_cast<char*>(line.data()), line.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (fd >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    auto* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  while (part.iov_len > 0) {
    const auto sent = sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) {
        continue;
      }
      return process_->wait_for_end(after(std::chrono::seconds(1)))
                 ? process_->obituary("being told what to do")
                 : base::errno_error("write to", "the monitor of QEMU");
    }
    part.iov_base = static_cast<char*>(part.iov_base) + sent;
    part.iov_len -= static_cast<std::size_t>(sent);
    message.msg_controllen = 0;
    message.msg_control = nullptr;
  }
  return {};
}

Result<json> Qmp::receive(Deadline deadline, std::string_view doing) {
  std::size_t searched = 0;
  for (;;) {
    const auto end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      auto message = json::parse(
          buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(end), is_shallow, false);
      buffer_.erase(0, end + 1);
      if (!message.is_object()) {
        return base::Error{"the monitor of QEMU said what is no JSON object", "", ""};
      }
      return message;
    }
    searched = buffer_.size();
    if (buffer_.size() > kLongestMessage) {
      return base::Error{
          fmt::format("a message of QEMU's monitor is longer than {} bytes", kLongestMessage), "",
          ""};
    }
    GANTRY_CHECK(process_->wait_for(socket_.get(), POLLIN, deadline, doing));
    std::array<char, 16384> chunk;
    const auto count = recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return process_->wait_for_end(after(std::chrono::seconds(1))) ? process_->obituary(doing)
                                                                    : lost(doing);
    }
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

Result<json> Qmp::answer(std::string_view command) {
  const auto doing = fmt::format("answering {}", command);
  const auto deadline = after(kAnswerTime);
  for (;;) {
    GANTRY_TRY(auto message, receive(deadline, doing));
    if (message.contains("event")) {
      if (events_.size() == kMostEvents) {
        events_.pop_front();
      }
      events_.push_back(message.dump());
      continue;
    }
    if (const auto error = message.find("error"); error != message.end()) {
      const auto text =
          error->is_object() && error->contains("desc") && (*error)["desc"].is_string()
              ? (*error)["desc"].get<std::string>()
              : error->dump();
      return base::Error{fmt::format("QEMU refuses {}: {}", command, base::printable(text)), "",
                         ""};
    }
    if (const auto value = message.find("return"); value != message.end()) {
      return json(*value);
    }
    return base::Error{fmt::format("QEMU's answer to {} is neither a return nor an error", command),
                       "", ""};
  }
}

}  // namespace gantry::vm
