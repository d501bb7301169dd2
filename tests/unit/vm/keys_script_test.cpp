#include "vm/keys_script.hpp"

#include <gmock/gmock.h>

#include "fake_monitor.hpp"

namespace gantry::vm {
namespace {

using testing::ElementsAre;

std::string message_of(const std::string& text) {
  const auto script = KeysScript::parse(text, "menu.keys");
  return script ? "accepted" : script.error().where + ": " + script.error().what;
}

class KeysScriptTest : public testing::Test {
 protected:
  base::Result<void> run(const std::string& text, double factor = 1) {
    const auto script = KeysScript::parse(text, "menu.keys");
    EXPECT_TRUE(script) << script.error().what;
    return script->run(watched_.machine(), factor);
  }

  WatchedMachine watched_;
};

TEST_F(KeysScriptTest, WaitsAndTypesInItsOrder) {
  for (const char* line :
       {"", "GNU GRUB", "GNU GRUB", "GNU GRUB", "loading", "debian login:", "debian login: root"}) {
    watched_.monitor().show(line);
  }
  const auto done =
      run("# the boot menu\n\nexpect ^GNU GRUB\nkey down\nkey enter\nchange\n"
          "expect ^debian login: *$\nsend root\nkey ctrl-alt-f2\n");
  ASSERT_TRUE(done) << done.error().where << done.error().what;
  EXPECT_THAT(watched_.monitor().pressed,
              ElementsAre("down", "ret", "r", "o", "o", "t", "ret", "ctrl-alt-f2"));
}

TEST_F(KeysScriptTest, WaitsUntilTheScreenIsStill) {
  for (int i = 0; i < 8; ++i) {
    watched_.monitor().show("progress " + std::to_string(i));
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto done = run("still 1\n");
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500));
  EXPECT_EQ(watched_.monitor().frames.size(), 1U);
}

TEST_F(KeysScriptTest, AScreenThatIsNeverStillIsOneOnlyWhereItIsLookedAt) {
  for (int i = 0; i < 100; ++i) {
    watched_.monitor().show("12:00:" + std::to_string(i));
  }
  const auto done = run("timeout 1\nstill 5\n", 0.5);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().where, "menu.keys:2");
  EXPECT_THAT(done.error().what,
              testing::StartsWith("the time is over while waiting for the screen to be still; "
                                  "the screen shows:\n12:00:"));
  const auto masked = run("ignore 0 0 720 16\nstill 1\n");
  EXPECT_TRUE(masked) << masked.error().what;
}

TEST_F(KeysScriptTest, QuotesTheScreen) {
  watched_.monitor().show("Kernel panic");
  auto done = run("timeout 1\nexpect login:\n", 0.1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().where, "menu.keys:2");
  EXPECT_EQ(done.error().what,
            "the time is over while waiting for 'login:' on the screen; the screen shows:\n"
            "Kernel panic");
  watched_.monitor().frames.clear();
  watched_.monitor().show("");
  done = run("timeout 1\nchange\n", 0.1);
  EXPECT_TRUE(done) << "no key was pressed: any screen is another";
  done = run("timeout 1\nkey a\nchange\n", 0.1);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what,
            "the time is over while waiting for the screen to change; the screen (720x400 pixels) "
            "shows no text that can be read");
}

TEST_F(KeysScriptTest, SaysThatTheMachineHasEnded) {
  watched_.monitor().show("Kernel panic");
  kill(watched_.machine().process->pid(), SIGKILL);
  const auto done = run("expect login:\n");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what,
              testing::StartsWith("the virtual machine ended by signal 9 (Killed) while waiting "
                                  "for 'login:' on the screen"));
}

TEST(KeysScriptText, ErrorsNameTheLine) {
  EXPECT_EQ(message_of("expect a\nsleep 5\n"), "menu.keys:2: 'sleep' is nothing to do at a screen");
  EXPECT_EQ(message_of("timeout 0\n"), "menu.keys:1: '0' is not a number of seconds (1 to 86400)");
  EXPECT_EQ(message_of("still 601\n"), "menu.keys:1: '601' is not a number of seconds (1 to 600)");
  EXPECT_EQ(message_of("still\n"), "menu.keys:1: '' is not a number of seconds (1 to 600)");
  EXPECT_EQ(message_of("\nexpect a(\n"),
            "menu.keys:2: 'a(' is no regular expression: Unmatched ( or \\(");
  EXPECT_EQ(message_of("type \xc3\xa9\n"), "menu.keys:1: no key of a US keyboard types '\xc3\xa9'");
  EXPECT_EQ(message_of("key ctrl+c\n"), "menu.keys:1: there is no key 'ctrl+c'");
  for (const char* area : {"", "1 2 3", "1 2 3 4 5", "a 0 1 1", "0 0 0 1", "0 0 1 1048577"}) {
    EXPECT_EQ(message_of("ignore " + std::string(area) + "\n"),
              "menu.keys:1: '" + std::string(area) +
                  "' is not a rectangle: left, top, width and height in pixels");
  }
  std::string many;
  for (int i = 0; i < 101; ++i) {
    many += "ignore 0 0 1 1\n";
  }
  EXPECT_EQ(message_of(many), "menu.keys:101: more than 100 rectangles");
}

}  // namespace
}  // namespace gantry::vm
