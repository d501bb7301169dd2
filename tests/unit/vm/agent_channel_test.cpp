#include "vm/agent_channel.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent_process.hpp"

namespace gantry::vm {
namespace {

using agent::Type;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// A guest of which the test itself is the agent; the process is there to be watched.
class AgentChannelTest : public testing::Test {
 protected:
  AgentChannelTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    host_ = base::Fd(ends[0]);
    guest_ = base::Fd(ends[1]);
  }

  AgentChannel channel() { return {std::move(host_), *process_}; }

  void say(std::string_view bytes) const {
    const auto written = base::write_all(guest_.get(), std::as_bytes(std::span(bytes)), "socket");
    EXPECT_TRUE(written) << written.error().what;
  }

  static std::string frame(Type type, std::uint32_t request, std::uint64_t session,
                           std::string_view body) {
    std::string bytes;
    agent::append_frame(bytes, {type, request, session, body});
    return bytes;
  }

  /// The next frame from the host; its session is accepted from then on.
  std::pair<agent::Frame, std::string> hear() {
    std::array<char, 65536> chunk;
    for (;;) {
      if (const auto frame = reader_.next()) {
        reader_.accept(frame->session);
        return {*frame, std::string(frame->body)};
      }
      const auto count = read(guest_.get(), chunk.data(), chunk.size());
      if (count <= 0) {
        return {};
      }
      reader_.append({chunk.data(), static_cast<std::size_t>(count)});
    }
  }

  void welcome(const agent::Frame& hello) const {
    say(frame(Type::kWelcome, hello.request, hello.session,
              agent::encode(agent::Welcome{agent::kVersion, "boot", "nonce", 1})));
  }

  base::TempDir directory_ = *base::TempDir::create();
  base::Result<Process> process_ = Process::start(
      {.arguments = {"sleep", "60"}, .log = directory_.path() / "log", .inherited = {}});
  base::Fd host_;
  base::Fd guest_;
  agent::FrameReader reader_;
};

TEST_F(AgentChannelTest, SaysHelloUntilItIsAnswered) {
  std::jthread guest([&] {
    const auto first = hear().first;
    const auto second = hear().first;  // the first was lost, say
    EXPECT_EQ(first.type, Type::kHello);
    EXPECT_EQ(second.session, first.session);
    welcome(second);
  });
  auto host = channel();
  const auto answer = host.begin_session(after(10s));
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->boot, "boot");
}

TEST_F(AgentChannelTest, SaysHelloAsSoonAsTheAgentIsReady) {
  std::jthread guest([&] {
    hear();
    const auto begin = std::chrono::steady_clock::now();
    say(frame(Type::kReady, 0, 0, ""));
    welcome(hear().first);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 45ms);
  });
  auto host = channel();
  EXPECT_TRUE(host.begin_session(after(10s)));
}

TEST_F(AgentChannelTest, HearsNothingOfAnotherSession) {
  std::jthread guest([&] {
    const auto hello = hear().first;
    const agent::Welcome wrong{agent::kVersion, "wrong", "", 1};
    const auto old = frame(Type::kWelcome, hello.request, hello.session + 1, agent::encode(wrong));
    say(old + old.substr(0, 30));
    welcome(hello);
  });
  auto host = channel();
  const auto answer = host.begin_session(after(10s));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->boot, "boot");
}

TEST_F(AgentChannelTest, RefusesAnotherVersion) {
  std::jthread guest([&] {
    const auto hello = hear().first;
    say(frame(Type::kWelcome, hello.request, hello.session,
              agent::encode(agent::Welcome{77, "boot", "nonce", 1})));
  });
  auto host = channel();
  const auto answer = host.begin_session(after(10s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the guest's agent speaks version 77, the host version 2");
}

TEST_F(AgentChannelTest, GivesUpAtTheDeadline) {
  auto host = channel();
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = host.begin_session(after(300ms));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the time is over while waiting for the guest's agent");
  EXPECT_THAT(answer.error().hint, HasSubstr("gantry.agent.0"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(AgentChannelTest, GivesUpAtTheDeadlineThoughTheGuestNeverStopsToTalk) {
  std::jthread guest([&](const std::stop_token& stop) {
    const auto ready = frame(Type::kReady, 0, 0, "");
    while (!stop.stop_requested()) {
      send(guest_.get(), ready.data(), ready.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
  });
  auto host = channel();
  EXPECT_FALSE(host.begin_session(after(300ms)));
}

TEST_F(AgentChannelTest, NoticesAnAgentThatBeginsAnew) {
  std::jthread guest([&] {
    welcome(hear().first);
    hear();
    say(frame(Type::kReady, 0, 0, ""));
  });
  auto host = channel();
  ASSERT_TRUE(host.begin_session(after(10s)));
  host.begin_request(Type::kGet, "/etc/passwd");
  const auto answer = host.answer(after(10s), "reading");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "the guest's agent has begun anew while reading");
}

TEST_F(AgentChannelTest, PassesOverAnswersToAnEarlierRequest) {
  std::jthread guest([&] {
    welcome(hear().first);
    const auto first = hear().first;
    const auto second = hear().first;
    say(frame(Type::kDone, first.request, first.session, "first"));
    say(frame(Type::kDone, second.request, second.session, "second"));
  });
  auto host = channel();
  ASSERT_TRUE(host.begin_session(after(10s)));
  host.begin_request(Type::kGet, "/1");
  host.begin_request(Type::kGet, "/2");
  const auto answer = host.answer(after(10s), "reading");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "second");
}

TEST_F(AgentChannelTest, SaysHowTheVirtualMachineEnded) {
  auto host = channel();
  kill(process_->pid(), SIGKILL);
  const auto answer = host.begin_session(after(10s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what,
            "the virtual machine ended by signal 9 (Killed) while waiting for the guest's agent");
}

TEST_F(AgentChannelTest, SaysThatThePortWasClosed) {
  auto host = channel();
  guest_ = base::Fd();
  const auto answer = host.begin_session(after(10s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what,
            "the port of the guest's agent was closed while waiting for the guest's agent");
}

}  // namespace
}  // namespace gantry::vm
