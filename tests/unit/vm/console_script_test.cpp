#include "vm/console_script.hpp"

#include "peer.hpp"

namespace gantry::vm {
namespace {

std::string message_of(const std::string& text) {
  const auto script = ConsoleScript::parse(text, "login.script");
  return script ? "accepted" : script.error().where + ": " + script.error().what;
}

class ConsoleScriptTest : public testing::Test {
 protected:
  Peer peer_;
  Console console_ =
      *Console::open(peer_.take(), peer_.process(), peer_.directory() / "console.log");
};

TEST_F(ConsoleScriptTest, TypesAndWaitsInItsOrder) {
  const auto script = ConsoleScript::parse(
      "# the first login\n\nexpect login: $\nsend root\ntype q\nexpect ^root@.*# $\n",
      "login.script");
  ASSERT_TRUE(script) << script.error().what;
  peer_.say("nas login: \r\nroot@nas:~# ");
  const auto done = script->run(console_, 1);
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_EQ(peer_.hear(), "root\n");
}

TEST_F(ConsoleScriptTest, SaysWhichLineFailed) {
  const auto script = ConsoleScript::parse("timeout 1\nexpect never\n", "login.script");
  ASSERT_TRUE(script);
  const auto done = script->run(console_, 0.01);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().where, "login.script:2");
  EXPECT_EQ(done.error().what,
            "the time is over while waiting for 'never' on the console; it has said nothing");
}

TEST(ConsoleScriptText, ErrorsNameTheLine) {
  EXPECT_EQ(message_of("send a\nsleep 5\n"),
            "login.script:2: 'sleep' is nothing to do on a console");
  EXPECT_EQ(message_of("timeout 0\n"),
            "login.script:1: '0' is not a number of seconds (1 to 86400)");
  EXPECT_EQ(message_of("expect a(\n"),
            "login.script:1: 'a(' is no regular expression: Unmatched ( or \\(");
}

}  // namespace
}  // namespace gantry::vm
