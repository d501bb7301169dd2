#include "vm/guest_port.hpp"

#include <atomic>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

using std::chrono::milliseconds;

void say(int fd, std::string_view text) {
  EXPECT_EQ(send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// Until the end of the head of a request.
std::string hear_request(int fd) {
  std::string text;
  for (char c = 0; !text.ends_with("\r\n\r\n") && recv(fd, &c, 1, 0) == 1;) {
    text += c;
  }
  return text;
}

/// A server on a free port, one connection at a time.
class Server {
 public:
  using Serve = std::function<void(int fd, int number)>;

  explicit Server(Serve serve) : serve_(std::move(serve)) {
    socket_ = base::Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(socket_.get(), 16), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      while (!stop_) {
        pollfd polled{socket_.get(), POLLIN, 0};
        if (poll(&polled, 1, 10) <= 0) {
          continue;
        }
        const base::Fd fd(accept(socket_.get(), nullptr, nullptr));
        serve_(fd.get(), ++served_);
      }
    });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  int served() const { return served_; }

  /// Says nothing until the other side has gone.
  static void stay(int fd) {
    char c = 0;
    while (recv(fd, &c, 1, 0) > 0) {
    }
  }

 private:
  Serve serve_;
  base::Fd socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> served_ = 0;
  std::thread thread_;
};

class GuestPortTest : public testing::Test {
 protected:
  GuestPort port_of(const Server& server) {
    return GuestPort(process_, {22, server.port(), [this] { return accepted_(); }, 1});
  }

  static std::string outcome(const base::Result<void>& result) {
    return result ? "ready" : result.error().what;
  }

  std::string listening(const Server& server, milliseconds time = milliseconds(2000)) {
    return outcome(port_of(server).wait_until_listening(after(time)));
  }

  std::string http(const Server& server, milliseconds time = milliseconds(2000)) {
    return outcome(port_of(server).wait_for_http("/up", after(time)));
  }

  base::TempDir directory_ = *base::TempDir::create();
  Process process_ = *Process::start({{"sleep", "60"}, directory_.path() / "log", {}});
  std::function<base::Result<bool>()> accepted_ = [] { return true; };
};

constexpr const char* kTcpStart =
    "the time is over while waiting for somebody who listens at port 22 of the guest; ";
constexpr const char* kHttpStart =
    "the time is over while waiting for an answer to GET /up at port 22 of the guest; ";

TEST_F(GuestPortTest, OneWhoSaysNothingListens) {
  const Server server([](int fd, int) { Server::stay(fd); });
  EXPECT_EQ(listening(server), "ready");
  EXPECT_EQ(server.served(), 1);
}

TEST_F(GuestPortTest, OneWhoSaysAByteListensAlthoughItHangsUp) {
  const Server server([](int fd, int) { say(fd, "SSH-2.0-box\r\n"); });
  EXPECT_EQ(listening(server), "ready");
}

TEST_F(GuestPortTest, OneWhoHangsUpDoesNotListenUntilItDoesNot) {
  const Server server([](int fd, int number) {
    if (number > 3) {
      Server::stay(fd);
    }
  });
  EXPECT_EQ(listening(server), "ready");
  EXPECT_EQ(server.served(), 4);
}

TEST_F(GuestPortTest, OneWhoOnlyHangsUpIsNamed) {
  const Server server([](int, int) {});
  EXPECT_EQ(listening(server, milliseconds(300)),
            std::string(kTcpStart) + "the connection was closed at once");
}

TEST_F(GuestPortTest, OneWhoHangsUpAMomentLaterDoesNotListen) {
  const Server server([](int, int) { std::this_thread::sleep_for(milliseconds(60)); });
  EXPECT_EQ(listening(server, milliseconds(1500)),
            std::string(kTcpStart) + "the connection was closed at once");
}

TEST_F(GuestPortTest, AnAttemptThatTheDeadlineCutsShortDoesNotHideWhatTheOneBeforeItMet) {
  accepted_ = [] { return false; };
  const Server server([](int fd, int number) {
    if (number > 1) {
      Server::stay(fd);
    }
  });
  EXPECT_EQ(listening(server, milliseconds(600)),
            std::string(kTcpStart) + "the connection was closed at once");
}

TEST_F(GuestPortTest, AReset) {
  const Server server([](int fd, int) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  });
  EXPECT_EQ(listening(server, milliseconds(300)),
            std::string(kTcpStart) + "the connection was closed at once");
}

// User networking's own side is open, and the guest's is not.
TEST_F(GuestPortTest, AConnectionThatOnlyTheHostHasTakenSaysNothing) {
  const Server server([](int fd, int) { Server::stay(fd); });
  accepted_ = [] { return false; };
  EXPECT_EQ(listening(server, milliseconds(300)),
            std::string(kTcpStart) + "nobody in the guest answers");
  const auto start = std::chrono::steady_clock::now();
  accepted_ = [start] { return std::chrono::steady_clock::now() > start + milliseconds(1300); };
  const auto before = server.served();
  EXPECT_EQ(listening(server, milliseconds(4000)), "ready");
  EXPECT_EQ(server.served() - before, 2);  // the first one was given up
}

TEST_F(GuestPortTest, NobodyAtThePortOfTheHost) {
  std::uint16_t gone = 0;
  {
    const Server server([](int, int) {});
    gone = server.port();
  }
  GuestPort port(process_, {22, gone, accepted_, 1});
  EXPECT_EQ(outcome(port.wait_until_listening(after(milliseconds(100)))),
            std::string(kTcpStart) + "its port of the host is closed");
}

TEST_F(GuestPortTest, APageIsAskedForAsABrowserDoes) {
  std::string request;
  const Server server([&request](int fd, int) {
    request = hear_request(fd);
    say(fd, "HTTP/1.0 204 No Content\r\n\r\n");
  });
  EXPECT_EQ(http(server), "ready");
  EXPECT_EQ(request, "GET /up HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                         "\r\nUser-Agent: gantry\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

TEST_F(GuestPortTest, AServerThatIsSlowIsWaitedFor) {
  const Server server([](int fd, int) {
    hear_request(fd);
    std::this_thread::sleep_for(milliseconds(400));
    for (const char c : std::string_view("HTTP/1.1 302 Found\r\nLocation: /setup\r\n\r\n")) {
      say(fd, {&c, 1});
    }
  });
  EXPECT_EQ(http(server), "ready");
  EXPECT_EQ(server.served(), 1);
}

TEST_F(GuestPortTest, AServerThatFailsAtFirstIsAskedAgain) {
  const Server server([](int fd, int number) {
    hear_request(fd);
    say(fd,
        number < 3 ? "HTTP/1.1 500 Internal Server Error\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\npage");
  });
  EXPECT_EQ(http(server), "ready");
  EXPECT_EQ(server.served(), 3);
}

struct Case {
  const char* answer;
  const char* complaint;
};

class AnswerTest : public GuestPortTest, public testing::WithParamInterface<Case> {};

TEST_P(AnswerTest, IsQuoted) {
  const Server server([](int fd, int) {
    hear_request(fd);
    say(fd, GetParam().answer);
  });
  EXPECT_EQ(http(server, milliseconds(1000)), kHttpStart + std::string(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    , AnswerTest,
    testing::Values(Case{"HTTP/1.1 500 Internal Server Error\r\nX: y\r\n\r\nno \x1b[31mdatabase\n",
                         "the answer was 500 Internal Server Error: 'no \\x1b[31mdatabase'"},
                    Case{"HTTP/1.1 404 Not Found\r\n\r\n", "the answer was 404 Not Found"},
                    Case{"HTTP/1.1 100 Continue\r\n\r\n", "the answer was 100 Continue"},
                    Case{"HTTP/1.1 2000 OK\r\n\r\n", "the answer was no HTTP: 'HTTP/1.1 2000 OK'"},
                    Case{"HTTP/1.1 200", "the answer ended in its head: 'HTTP/1.1 200'"},
                    Case{"HTTP/1.1 2OO OK\r\n\r\n", "the answer was no HTTP: 'HTTP/1.1 2OO OK'"},
                    Case{"HTTP/2 200\r\n\r\n", "the answer was no HTTP: 'HTTP/2 200'"},
                    Case{"SSH-2.0-OpenSSH_9.2\r\n",
                         "the answer was no HTTP: 'SSH-2.0-OpenSSH_9.2'"},
                    Case{"\r\n\r\n", "the answer was no HTTP: ''"},
                    Case{"", "the connection was closed without an answer"}));

TEST_F(GuestPortTest, AnAnswerWithoutAnEndIsEnoughByItsHead) {
  const Server server([](int fd, int) {
    hear_request(fd);
    say(fd, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string page(65536, 'x');
    for (int i = 0; i < 3 && send(fd, page.data(), page.size(), MSG_NOSIGNAL) > 0; ++i) {
    }
    Server::stay(fd);
  });
  EXPECT_EQ(http(server), "ready");
}

TEST_F(GuestPortTest, AHeadWithoutAnEndIsNone) {
  const Server server([](int fd, int) {
    hear_request(fd);
    const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x');
    send(fd, head.data(), head.size(), MSG_NOSIGNAL);
  });
  const auto said = http(server, milliseconds(1000));
  EXPECT_TRUE(said.starts_with(std::string(kHttpStart) + "the answer ended in its head: 'HTTP"))
      << said;
  EXPECT_LT(said.size(), 500U);
}

TEST_F(GuestPortTest, AServerThatDoesNotAnswerIsNamed) {
  const Server server([](int fd, int) { Server::stay(fd); });
  EXPECT_EQ(http(server, milliseconds(200)), std::string(kHttpStart) + "there was no answer");
}

TEST_F(GuestPortTest, AMachineThatEndsEndsTheWait) {
  const Server server([](int, int) {});
  process_ = *Process::start(
      {{"sh", "-c", "echo out of luck; exec sleep 0.3"}, directory_.path() / "qemu.log", {}});
  EXPECT_EQ(listening(server, std::chrono::seconds(20)),
            "the virtual machine ended by exit code 0 while waiting for somebody who listens at "
            "port 22 of the guest; its last words:\nout of luck");
}

}  // namespace
}  // namespace gantry::vm
