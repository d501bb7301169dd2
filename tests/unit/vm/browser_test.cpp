#include "vm/browser.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

using testing::StartsWith;
using namespace std::chrono_literals;

/// With a Node that does what a test says. $2 are the settings, $work where they are.
class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    program("chromium", "exit 1");
    setenv("PATH", (directory_.path().native() + ":" + path_).c_str(), 1);
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void program(const std::string& name, const std::string& script) const {
    const auto path = directory_.path() / name;
    std::ofstream(path) << "#!/bin/sh\nwork=" << directory_.path().native() << "/browser\n"
                        << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  base::Result<void> run() {
    BrowserRun run;
    run.script = "/home/me/wizard.mjs";
    run.ports = {{80, 40080}};
    run.directory = directory_.path();
    run.log = directory_.path() / "step-1-browser.log";
    run.record = directory_.path() / "step-1-browser";
    run.timeout = 20s;
    return run_browser(run, machine_);
  }

  base::TempDir directory_ = *base::TempDir::create();
  Process machine_ = *Process::start({{"sleep", "60"}, directory_.path() / "qemu.log", {}});
  std::string path_;
};

TEST_F(BrowserTest, GivesNodeTheDriverAndWhatTheScriptNeeds) {
  program("node", "cp $1 $2 $work/..; echo '{}' >$work/result.json");
  const auto done = run();
  ASSERT_TRUE(done) << done.error().what;
  EXPECT_THAT(*base::read_file(directory_.path() / "driver.mjs"), StartsWith("// driver.mjs"));
  const auto settings = *base::read_file(directory_.path() / "settings.json");
  for (const auto* part : {R"("script":"/home/me/wizard.mjs")", R"("ports":{"80":40080})",
                           R"("timeout":20000)", R"("actionTimeout":30000)"}) {
    EXPECT_THAT(settings, testing::HasSubstr(part));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "browser"));
}

TEST_F(BrowserTest, ErrorsAreThoseOfTheScript) {
  program(
      "node",
      R"(echo '{"what": "no button", "where": "wizard.mjs:7", "hint": "look"}' >$work/result.json)");
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "no button");
  EXPECT_EQ(done.error().where, "wizard.mjs:7");
  EXPECT_EQ(done.error().hint, "look");
}

TEST_F(BrowserTest, ADriverThatSaysNotHowItWentIsQuoted) {
  for (const char* result : {"", "[", "5", "[]"}) {
    program("node", std::string("echo heap is full; printf '%s' '") + result +
                        "' >$work/result.json; exit 134");
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().what, StartsWith("what drives the browser ended by exit code 134; the "
                                              "last that it said:\nheap is full"));
  }
}

TEST_F(BrowserTest, EndsWithTheMachine) {
  // It is told so, and may keep something yet.
  program("node", "trap 'echo kept >$work/../kept; exit' TERM; while :; do sleep 0.05; done");
  const std::jthread killer([this] {
    std::this_thread::sleep_for(300ms);
    kill(machine_.pid(), SIGKILL);
  });
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, StartsWith("the virtual machine ended by signal 9 (Killed) while "
                                            "a script runs in the browser"));
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "kept"));
}

TEST_F(BrowserTest, SaysWhatIsMissing) {
  setenv("PATH", directory_.path().c_str(), 1);
  auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "node is not installed");
  EXPECT_EQ(done.error().hint, "on Debian: apt-get install nodejs");
  program("node", "exit 1");
  std::filesystem::remove(directory_.path() / "chromium");
  done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "chromium is not installed");
}

TEST_F(BrowserTest, AGuestWithoutPortsHasNoPages) {
  const auto done = run_browser({}, machine_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "the guest has no port whose pages a browser could open");
}

}  // namespace
}  // namespace gantry::vm
