#include "runtime/runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_engine.hpp"
#include "made_image.hpp"
#include "runtime/isolation.hpp"

namespace gantry::runtime {
namespace {

using oci::testing::TarBuilder;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kAbsent = "*) exit 1 ;;";  // no daemon, no load
constexpr const char* kCannotStart =
    "create) echo c0ffee ;;\n"
    "start) exit 126 ;;\n"
    "inspect) printf '0001-01-01T00:00:00Z\\tsetrlimit: operation not permitted\\n' ;;";
constexpr const char* kWorking =
    "create) echo c0ffee ;;\n"
    "start) echo from an engine ;;";

oci::Config config() {
  oci::Config config;
  config.platform = oci::Platform::host();
  config.entrypoint = {"/probe"};
  config.cmd = {"ids"};
  config.user = "app";
  return config;
}

class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto isolation = find_isolation(); !isolation) {
      GTEST_SKIP() << isolation.error().what;
    }
  }

  std::string run(RunRequest request) {
    announced_.clear();
    request.name = "test";
    request.supervision = {.streams = Streams::kCapture, .timeout = std::chrono::seconds(20)};
    request.announce = [&](std::string_view runner) { announced_ += std::string(runner) + "\n"; };
    const auto report = run_image(made_.image, request);
    if (!report) {
      return "error: " + report.error().what;
    }
    if (!report->outcome) {
      return "obstacles: " + report->obstacles;
    }
    return report->outcome->out + report->outcome->err + "exit " +
           std::to_string(report->outcome->exit_code);
  }

  static TarBuilder layer() {
    return TarBuilder()
        .file("probe", *base::read_file(GANTRY_PROBE), 0755)
        .file("etc/passwd", "app:x:1000:100::/srv:/bin/sh\n")
        .file("etc/group", "audio:x:29:app\n")
        // The image's own device nodes are left out.
        .header({.name = "dev/sda", .type = '4'});
  }

  FakeEngines engines_;
  MadeImage made_{config(), {layer()}};
  std::string announced_;
};

TEST_F(RunnerTest, TakesTheFirstThatWorks) {
  engines_.add("docker", kWorking);
  EXPECT_EQ(run({}), "from an engine\nexit 0");
  EXPECT_EQ(announced_, "docker\n");
}

TEST_F(RunnerTest, SaysWhyOthersWerePassedOver) {
  engines_.add("docker", kAbsent);
  engines_.add("podman", kWorking);
  EXPECT_EQ(run({}), "from an engine\nexit 0");
  EXPECT_EQ(announced_, "podman; docker: no daemon\n");
}

TEST_F(RunnerTest, FallsBackToItsOwn) {
  engines_.add("docker", kAbsent);
  engines_.add("podman", kCannotStart);
  // An ordinary user keeps the groups that he has, as he may not set others.
  const std::string groups = geteuid() == 0 ? "29,100\n" : "";
  EXPECT_THAT(run({}), testing::AllOf(StartsWith("uid=1000 gid=100 groups=" + groups),
                                      testing::EndsWith("\nexit 0")));
  EXPECT_THAT(announced_,
              testing::AllOf(StartsWith("podman; docker: no daemon\ngantry ("),
                             HasSubstr("; docker: no daemon; podman: cannot start it: setrlimit: "
                                       "operation not permitted\n")));
}

TEST_F(RunnerTest, ANamedRunnerIsTheOnlyOne) {
  engines_.add("docker", kAbsent);
  engines_.add("podman", kWorking);
  EXPECT_EQ(run({.runner = Runner::kDocker}), "obstacles: docker: no daemon");
  EXPECT_EQ(announced_, "");
  RunRequest request{.runner = Runner::kGantry};
  request.invocation.arguments = {"exit", "9"};
  EXPECT_EQ(run(request), "exit 9");
  EXPECT_THAT(announced_, StartsWith("gantry ("));
}

TEST_F(RunnerTest, FaultsOfTheRequestAreErrors) {
  RunRequest request{.runner = Runner::kGantry};
  request.invocation.user = "ap";
  EXPECT_EQ(run(request), "error: the image has no user 'ap' in /etc/passwd");
  request.invocation.entrypoint = "";
  EXPECT_EQ(run(request), "error: the image names no program to run (no entrypoint, no cmd)");
}

TEST_F(RunnerTest, ForeignArchitecturesAreSkipped) {
  made_.image.config.platform = {"linux", "s390x", ""};
  EXPECT_EQ(run({}), "obstacles: programs for linux/s390x do not run on this machine (" +
                         oci::Platform::host().text() + ")");
}

TEST_F(RunnerTest, LeavesNothingBehind) {
  const auto parent = base::TempDir::create();
  ASSERT_TRUE(parent);
  setenv("TMPDIR", parent->path().c_str(), 1);
  EXPECT_THAT(run({.runner = Runner::kGantry}), HasSubstr("exit 0"));
  EXPECT_TRUE(std::filesystem::is_empty(parent->path()));
  EXPECT_THAT(run({.runner = Runner::kGantry, .keep = true}), HasSubstr("exit 0"));
  unsetenv("TMPDIR");
  EXPECT_FALSE(std::filesystem::is_empty(parent->path()));
}

TEST(Runner, Names) {
  EXPECT_EQ(*parse_runner("auto"), Runner::kAuto);
  EXPECT_EQ(*parse_runner("gantry"), Runner::kGantry);
  const auto unknown = parse_runner("dockr");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "unknown runner 'dockr'");
  EXPECT_EQ(unknown.error().hint, "did you mean 'docker'?");
  EXPECT_EQ(parse_runner("x").error().hint, "there are auto, docker, podman and gantry");
}

}  // namespace
}  // namespace gantry::runtime
