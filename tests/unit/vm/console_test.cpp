#include "vm/console.hpp"

#include "peer.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

class ConsoleTest : public testing::Test {
 protected:
  Peer peer_;
  Console console_ =
      *Console::open(peer_.take(), peer_.process(), peer_.directory() / "console.log");
};

TEST_F(ConsoleTest, EachWaitSeesWhatComesAfterTheLast) {
  peer_.say("login: \r\nlogin: ");
  EXPECT_TRUE(console_.expect_text("login: ", after(5s)));
  EXPECT_TRUE(console_.expect_text("login: ", after(5s)));
  EXPECT_FALSE(console_.expect_text("login: ", after(20ms)));
}

TEST_F(ConsoleTest, FindsTextThatArrivesInPieces) {
  peer_.say("GUEST");
  EXPECT_FALSE(console_.expect_text("GUEST UP", after(20ms)));
  peer_.say(" UP\r\n");
  EXPECT_TRUE(console_.expect_text("GUEST UP", after(5s)));
}

TEST_F(ConsoleTest, APatternIsOfALine) {
  peer_.say("version 12.3\r\nroot@nas:~# ");
  const auto pattern = Pattern::compile("^root@[a-z]+:.*# $");
  ASSERT_TRUE(pattern);
  const auto match = console_.expect(*pattern, after(5s));
  ASSERT_TRUE(match) << match.error().what;
  EXPECT_EQ(*match, "root@nas:~# ");
}

TEST_F(ConsoleTest, SaysWhatItHeardInstead) {
  peer_.say("Kernel panic\x1b[0m\r\n");
  const auto waited = console_.expect_text("login:", after(20ms));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().what,
            "the time is over while waiting for 'login:' on the console; the last that it said:\n"
            "Kernel panic\\x1b[0m");
}

TEST_F(ConsoleTest, KeepsAllInItsLog) {
  peer_.say("one\r\ntwo\r\n");
  EXPECT_TRUE(console_.expect_text("two", after(5s)));
  EXPECT_EQ(*base::read_file(peer_.directory() / "console.log"), "one\r\ntwo\r\n");
}

TEST_F(ConsoleTest, KeepsABoundOfWhatNobodyWaitsFor) {
  for (int i = 0; i < 10; ++i) {
    peer_.say(std::string(100000, 'x'));
    while (console_.unread().size() < 100000) {
      ASSERT_TRUE(console_.drain());
    }
    ASSERT_TRUE(console_.drain());
  }
  EXPECT_LE(console_.unread().size(), 256U << 10);
}

TEST_F(ConsoleTest, TypesWhatItIsGiven) {
  EXPECT_TRUE(console_.send("echo hello\n", after(5s)));
  EXPECT_EQ(peer_.hear(), "echo hello\n");
}

}  // namespace
}  // namespace gantry::vm
