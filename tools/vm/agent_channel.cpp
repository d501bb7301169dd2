#include "vm/agent_channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace gantry::vm {

using agent::Frame;
using agent::Type;
using base::Result;

namespace {

constexpr std::string_view kWaiting = "waiting for the guest's agent";
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{1000};

base::Error nonsense(std::string_view doing) {
  return {fmt::format("the guest's agent said what makes no sense while {}", doing), "",
          "is its version that of the host?"};
}

base::Error failure_of(const Frame& frame, std::string_view doing) {
  const auto failure = agent::decode_failure(frame.body);
  return failure
             ? base::Error{base::printable(failure->what), fmt::format("the guest, {}", doing), ""}
             : nonsense(doing);
}

}  // namespace

Result<agent::Welcome> AgentChannel::begin_session(Deadline deadline) {
  if (getrandom(&session_, sizeof session_, 0) != sizeof session_) {
    return base::errno_error("draw a number for", "a session with the guest's agent");
  }
  reader_.accept(session_);
  ++request_;
  const auto version = agent::encode(agent::kVersion);
  add(Type::kHello, version);
  for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    const auto again = std::min(after(pause), deadline);
    GANTRY_TRY(const auto frame, opening(again));
    if (frame && frame->type == Type::kWelcome) {
      auto welcome = agent::decode_welcome(frame->body);
      if (!welcome) {
        return nonsense(kWaiting);
      }
      if (welcome->version < agent::kOldestVersion || welcome->version > agent::kVersion) {
        return base::Error{fmt::format("the guest's agent speaks version {}, the host version {}",
                                       welcome->version, agent::kVersion),
                           "", "put this host's gantry-guest-agent into the guest"};
      }
      return *std::move(welcome);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return base::Error{fmt::format("the time is over while {}", kWaiting), "",
                         "does gantry-guest-agent run in the guest, with a virtio-serial port " +
                             std::string(agent::kPortName) + "?"};
    }
    if (unsent() == 0) {
      if (!frame) {
        // It may be in the middle of a frame, which this completes.
        outgoing_.append(agent::kLongestFrame, '\0');
      }
      add(Type::kHello, version);
    }
  }
}

/// A kWelcome, or a kReady, whichever comes first; nothing if neither does before the deadline.
Result<std::optional<Frame>> AgentChannel::opening(Deadline deadline) {
  for (;;) {
    auto frame = reader_.next();
    if (frame && (frame->type == Type::kReady ||
                  (frame->type == Type::kWelcome && frame->request == request_))) {
      return frame;
    }
    if (frame) {
      continue;
    }
    const auto waited = wait(deadline, kWaiting);
    if (!waited && std::chrono::steady_clock::now() >= deadline) {
      return std::optional<Frame>();
    }
    GANTRY_CHECK(waited);
    GANTRY_CHECK(transfer(kWaiting));
  }
}

void AgentChannel::begin_request(Type type, std::string_view body) {
  ++request_;
  add(type, body);
}

void AgentChannel::add(Type type, std::string_view body) {
  if (sent_ > agent::kLongestFrame) {
    outgoing_.erase(0, sent_);
    sent_ = 0;
  }
  agent::append_frame(outgoing_, {type, request_, session_, body});
}

Result<std::optional<Frame>> AgentChannel::exchange(std::size_t low, Deadline deadline,
                                                    std::string_view doing) {
  for (;;) {
    auto frame = reader_.next();
    if (frame && frame->type == Type::kReady) {
      return base::Error{fmt::format("the guest's agent has begun anew while {}", doing), "",
                         "has the guest been restarted, or the agent been killed?"};
    }
    if (frame && frame->request == request_) {
      if (frame->type == Type::kFailed) {
        return failure_of(*frame, doing);
      }
      return frame;
    }
    if (!frame) {
      if (unsent() < low) {
        return std::optional<Frame>();
      }
      GANTRY_CHECK(wait(deadline, doing));
      GANTRY_CHECK(transfer(doing));
    }
  }
}

Result<Frame> AgentChannel::answer(Deadline deadline, std::string_view doing) {
  GANTRY_TRY(const auto frame, exchange(0, deadline, doing));
  return *frame;
}

void AgentChannel::flush(Deadline deadline) {
  while (send_some(kWaiting) && unsent() > 0 &&
         process_->wait_for(socket_.get(), POLLOUT, deadline, kWaiting)) {
  }
}

/// Until something can be sent or received.
Result<void> AgentChannel::wait(Deadline deadline, std::string_view doing) {
  if (std::chrono::steady_clock::now() >= deadline) {  // also if it never stops to talk
    return base::Error{fmt::format("the time is over while {}", doing), "", ""};
  }
  const auto events = static_cast<short>(unsent() > 0 ? POLLIN | POLLOUT : POLLIN);
  return process_->wait_for(socket_.get(), events, deadline, doing);
}

Result<void> AgentChannel::transfer(std::string_view doing) {
  GANTRY_CHECK(send_some(doing));
  return receive_some(doing);
}

Result<void> AgentChannel::send_some(std::string_view doing) {
  if (unsent() > 0) {
    const auto count =
        send(socket_.get(), outgoing_.data() + sent_, unsent(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
      return lost(doing);
    }
    sent_ += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  }
  if (unsent() == 0) {
    outgoing_.clear();
    sent_ = 0;
  }
  return {};
}

Result<void> AgentChannel::receive_some(std::string_view doing) {
  std::array<char, 65536> chunk;
  const auto count = recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) {
    return lost(doing);
  }
  if (count > 0) {
    reader_.append({chunk.data(), static_cast<std::size_t>(count)});
  }
  return {};
}

base::Error AgentChannel::lost(std::string_view doing) {
  return process_->wait_for_end(after(std::chrono::seconds(1)))
             ? process_->obituary(doing)
             : base::Error{fmt::format("the port of the guest's agent was closed while {}", doing),
                           "", ""};
}

}  // namespace gantry::vm
