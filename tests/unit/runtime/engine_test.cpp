#include "runtime/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_engine.hpp"
#include "made_image.hpp"
#include "signal_later.hpp"

namespace gantry::runtime {
namespace {

using testing::HasSubstr;

class FakeEngine : public testing::Test {
 protected:
  void engine(const std::string& name, const std::string& body) { engines_.add(name, body); }
  std::string calls() const { return engines_.calls(); }

  base::Result<Engine::Run> run(const Invocation& invocation = {}, bool keep = false) {
    return Engine("docker").run(made_.image, invocation, {.streams = Streams::kCapture}, keep,
                                [&] { announced_ = true; });
  }

  FakeEngines engines_;
  MadeImage made_{{}, {}};
  bool announced_ = false;
};

constexpr const char* kWorking =
    "create) echo c0ffee ;;\n"
    "start) echo hello; exit 7 ;;\n"
    "inspect) printf '2026-11-21T01:02:03Z\\t\\n' ;;";

TEST_F(FakeEngine, ObstaclesAreNamed) {
  engine("docker", "version) echo 'Is the docker daemon running?' >&2; exit 1 ;;");
  EXPECT_EQ(Engine("docker").obstacle()->what, "no daemon");
  EXPECT_EQ(Engine("docker").obstacle()->message, "Is the docker daemon running?");
  engine("docker", "version) exit 0 ;;");
  EXPECT_FALSE(Engine("docker").obstacle());
  EXPECT_EQ(Engine("no-such-engine").obstacle()->what, "not installed");
}

TEST_F(FakeEngine, TheFirstThatWorksIsChosen) {
  engine("podman", "version) exit 0 ;;");
  engine("docker", "version) exit 0 ;;");
  EXPECT_EQ(choose_engine("auto")->name(), "docker");
  EXPECT_EQ(choose_engine("podman")->name(), "podman");
  engine("docker", "version) echo 'Is the docker daemon running?' >&2; exit 1 ;;");
  EXPECT_EQ(choose_engine("auto")->name(), "podman");
  const auto none = choose_engine("docker");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what,
            "no container engine to load into: docker: no daemon (Is the docker daemon running?)");
  EXPECT_EQ(choose_engine("no-such-engine").error().what,
            "no container engine to load into: no-such-engine: not installed");
}

TEST_F(FakeEngine, RunsAndCleansUp) {
  engine("docker", kWorking);
  Invocation invocation;
  invocation.arguments = {"--flag", "value"};
  invocation.environment = {"A=1"};
  invocation.user = "app";
  invocation.directory = "/srv";
  invocation.entrypoint = "/bin/app";
  const auto done = run(invocation);
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->outcome);
  EXPECT_EQ(done->outcome->exit_code, 7);
  EXPECT_EQ(done->outcome->out, "hello\n");
  EXPECT_TRUE(announced_);
  EXPECT_THAT(calls(), HasSubstr("docker load --quiet\n"));
  EXPECT_THAT(calls(), HasSubstr("create --interactive --network=none --pull=never --env=A=1 "
                                 "--user=app --workdir=/srv --entrypoint=/bin/app "
                                 "localhost/gantry-run:"));
  EXPECT_THAT(calls(), HasSubstr(" --flag value\ndocker start --attach --interactive c0ffee\n"));
  EXPECT_THAT(calls(),
              HasSubstr("docker rm --force --volumes c0ffee\ndocker rmi localhost/gantry-run:"));
}

TEST_F(FakeEngine, KeepLeavesContainerAndImage) {
  engine("docker", kWorking);
  ASSERT_TRUE(run({}, true));
  EXPECT_THAT(calls(), testing::Not(HasSubstr("docker rm")));
}

TEST_F(FakeEngine, AFailedLoadIsAnObstacle) {
  engine("docker", "load) echo 'no space left' >&2; exit 1 ;;");
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->outcome);
  EXPECT_EQ(done->obstacle, "cannot load the image: no space left");
  EXPECT_FALSE(announced_);
}

TEST_F(FakeEngine, AFailedCreateIsAnObstacle) {
  engine("docker", "create) echo 'Error: no such option' >&2; exit 125 ;;");
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->obstacle, "cannot create a container: Error: no such option");
}

TEST_F(FakeEngine, AnEngineThatCannotStartIsNotTheProgramsFault) {
  engine("docker",
         "create) echo c0ffee ;;\n"
         "start) echo 'Error: setrlimit: operation not permitted' >&2; exit 126 ;;\n"
         "inspect) printf '0001-01-01 00:00:00 +0000 UTC\\t\\n' ;;");
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->outcome);
  EXPECT_EQ(done->obstacle, "cannot start it: Error: setrlimit: operation not permitted");
  EXPECT_THAT(calls(), HasSubstr("docker rm --force --volumes c0ffee\ndocker rmi "));
}

TEST_F(FakeEngine, SignalsGoToTheContainer) {
  engine("docker",
         "create) echo c0ffee ;;\n"
         "start) while ! grep -q 'docker kill' \"${0%/*}/log\"; do sleep 0.05; done; exit 143 ;;\n"
         "inspect) printf '2026-11-21T01:02:03Z\\t\\n' ;;");
  const SignalLater later(SIGTERM, std::chrono::milliseconds(300));
  const auto done = run();
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->outcome);
  EXPECT_EQ(done->outcome->exit_code, 143);
  EXPECT_THAT(calls(), HasSubstr("docker kill --signal=15 c0ffee\n"));
}

TEST_F(FakeEngine, AProgramsOwn126IsItsExitCode) {
  engine("docker",
         "create) echo c0ffee ;;\nstart) exit 126 ;;\n"
         "inspect) printf '2026-11-21T01:02:03Z\\t\\n' ;;");
  const auto done = run();
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->outcome);
  EXPECT_EQ(done->outcome->exit_code, 126);
}

}  // namespace
}  // namespace gantry::runtime
