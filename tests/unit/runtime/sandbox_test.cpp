#include "runtime/sandbox.hpp"

#include <functional>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "signal_later.hpp"

namespace gantry::runtime {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kDeadline = 20s;  // none of these takes a second; a hang must not take an hour

/// A root directory that holds the probe and nothing else.
class Root {
 public:
  Root() : directory_(*base::TempDir::create()) {
    fs::create_directory(path() / "bin");
    fs::copy_file(GANTRY_PROBE, path() / "bin/probe");
    fs::permissions(path(), fs::perms(0755));
  }
  const fs::path& path() const { return directory_.path(); }

 private:
  base::TempDir directory_;
};

Program probe(std::vector<std::string> arguments) {
  Program program;
  program.arguments = std::move(arguments);
  program.arguments.insert(program.arguments.begin(), "/bin/probe");
  program.environment = {"PATH=/usr/bin:/bin"};
  return program;
}

/// What the sandbox printed, or a line that says why it did not.
std::string text_of(const base::Result<Outcome>& outcome) {
  if (!outcome) {
    return "error: " + outcome.error().what;
  }
  return outcome->out + outcome->err + "exit " + std::to_string(outcome->exit_code) +
         (outcome->timed_out ? " timed out" : "") + "\n";
}

std::string run_text(const fs::path& root, const Program& program, Isolation isolation) {
  return text_of(run_in_sandbox(root, program, isolation,
                                {.streams = Streams::kCapture, .timeout = kDeadline}));
}

/// Runs work in a child that has become an ordinary user, and returns its text.
std::string as_nobody(const std::function<std::string()>& work) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const base::Fd reader(ends[0]);
  base::Fd writer(ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    std::string text = "cannot become nobody";
    if (geteuid() != 0 || (setresgid(65534, 65534, 65534) == 0 &&
                           setresuid(65534, 65534, 65534) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0)) {
      text = work();
    }
    static_cast<void>(write(writer.get(), text.data(), text.size()) > 0);
    _exit(0);
  }
  writer = base::Fd();
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = read(reader.get(), buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  waitpid(child, nullptr, 0);
  return text;
}

std::string name_of(const testing::TestParamInfo<Isolation>& parameter) {
  switch (parameter.param) {
    case Isolation::kNamespaces:
      return "Namespaces";
    case Isolation::kUserNamespace:
      return "UserNamespace";
    case Isolation::kChroot:
      break;
  }
  return "Chroot";
}

/// Each test runs with every isolation that this machine has; one that it lacks is skipped aloud.
class Sandbox : public testing::TestWithParam<Isolation> {
 protected:
  void SetUp() override {
    if (GetParam() != Isolation::kUserNamespace && geteuid() != 0) {
      GTEST_SKIP() << describe(GetParam()) << ": needs root";
    }
    if (GetParam() == Isolation::kNamespaces && *find_isolation() != Isolation::kNamespaces) {
      GTEST_SKIP() << "this machine refuses namespaces even to root";
    }
    if (GetParam() == Isolation::kUserNamespace &&
        as_nobody([] { return find_isolation() ? "yes" : "no"; }) != "yes") {
      GTEST_SKIP() << "this machine refuses user namespaces";
    }
  }

  std::string run(const Program& program) {
    if (GetParam() == Isolation::kUserNamespace) {
      fs::permissions(root_.path(), fs::perms(0777));
      return as_nobody([&] { return run_text(root_.path(), program, GetParam()); });
    }
    return run_text(root_.path(), program, GetParam());
  }

  bool isolates() const { return GetParam() != Isolation::kChroot; }

  Root root_;
};

TEST_P(Sandbox, ReportsTheExitCode) {
  EXPECT_EQ(run(probe({"exit", "0"})), "exit 0\n");
  EXPECT_EQ(run(probe({"exit", "42"})), "exit 42\n");
}

TEST_P(Sandbox, ReportsTheSignalThatEndedTheProgram) {
  EXPECT_EQ(run(probe({"raise", "15"})), "exit 143\n");
  EXPECT_EQ(run(probe({"raise", "9"})), "exit 137\n");
}

TEST_P(Sandbox, FindsTheProgramOnThePathOfItsEnvironment) {
  auto program = probe({"say", "found"});
  program.arguments.front() = "probe";
  EXPECT_EQ(run(program), "found\nexit 0\n");
  program.environment = {"PATH=/sbin"};
  EXPECT_EQ(run(program),
            "gantry: error: cannot run probe in the image: No such file or directory\nexit 127\n");
}

TEST_P(Sandbox, SaysWhyAProgramCannotBeExecuted) {
  ASSERT_TRUE(base::write_file(root_.path() / "bin/text", "no program"));
  auto program = probe({});
  program.arguments = {"/bin/text"};
  EXPECT_EQ(run(program),
            "gantry: error: cannot run /bin/text in the image: Permission denied\nexit 126\n");
  fs::permissions(root_.path() / "bin/text", fs::perms(0755));
  EXPECT_EQ(run(program),
            "gantry: error: cannot run /bin/text in the image: Exec format error\n"
            "hint: the file is for another architecture, or a script without #!\nexit 126\n");
}

TEST_P(Sandbox, AMissingInterpreterIsNotMistakenForAMissingProgram) {
  // The host's shell is linked dynamically, and this root has no loader.
  fs::copy_file("/bin/sh", root_.path() / "bin/sh");
  auto program = probe({});
  program.arguments = {"/bin/sh", "-c", "true"};
  EXPECT_THAT(run(program),
              testing::AllOf(HasSubstr("cannot run /bin/sh in the image"),
                             HasSubstr("use RUNTIME_LIBRARIES"), HasSubstr("exit 126\n")));
}

TEST_P(Sandbox, GivesTheEnvironmentAndNothingMore) {
  auto program = probe({"environment"});
  program.environment = {"A=1", "B=two words"};
  EXPECT_EQ(run(program), "A=1\nB=two words\nexit 0\n");
}

TEST_P(Sandbox, StartsInTheDirectoryAndMakesIt) {
  auto program = probe({"where"});
  program.directory = "/srv/data";
  program.hostname = "demo";
  EXPECT_THAT(run(program), HasSubstr("cwd=/srv/data"));
  if (isolates()) {
    EXPECT_THAT(run(program), testing::AllOf(HasSubstr("host=demo"), HasSubstr("pid=2\n")));
  }
}

TEST_P(Sandbox, SeesOnlyTheImage) {
  const auto seen = run(probe({"list", "/", "list", "/..", "show", GANTRY_PROBE}));
  const std::string root = isolates() ? "bin dev proc \n" : "bin dev \n";
  EXPECT_EQ(seen, root + root + GANTRY_PROBE + ": No such file or directory\nexit 0\n");
}

TEST_P(Sandbox, LeavesNoDescriptorOpen) {
  const int leaked = open("/", O_RDONLY | O_DIRECTORY);  // without O_CLOEXEC, on purpose
  ASSERT_GE(leaked, 0);
  const auto number = std::to_string(leaked);
  EXPECT_EQ(run(probe({"descriptor", number})), "fd " + number + " closed\nexit 0\n");
  close(leaked);
}

TEST_P(Sandbox, KillsWhatStaysBehind) {
  fs::create_directory(root_.path() / "out");
  fs::permissions(root_.path() / "out", fs::perms(0777));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run(probe({"leave", "/out/late", "say", "done"})), "done\nexit 0\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_P(Sandbox, ReapsOrphans) {
  fs::create_directory(root_.path() / "out");
  fs::permissions(root_.path() / "out", fs::perms(0777));
  const auto seen = run(probe({"orphan", "/out/made", "list", "/proc"}));
  EXPECT_TRUE(fs::exists(root_.path() / "out/made"));
  EXPECT_THAT(seen, HasSubstr("exit 0\n"));
  if (isolates()) {
    // The first process and the probe; the orphan is not even a zombie.
    EXPECT_THAT(seen, StartsWith("1 2 "));
    EXPECT_THAT(seen, Not(HasSubstr(" 3 ")));
    EXPECT_THAT(seen, Not(HasSubstr(" 4 ")));
  }
}

TEST_P(Sandbox, TimeoutKillsIt) {
  const auto work = [&] {
    return text_of(run_in_sandbox(root_.path(), probe({"wait"}), GetParam(),
                                  {.streams = Streams::kCapture, .timeout = 200ms}));
  };
  fs::permissions(root_.path(), fs::perms(0777));
  EXPECT_EQ(GetParam() == Isolation::kUserNamespace ? as_nobody(work) : work(),
            "ready\nexit 137 timed out\n");
}

TEST_P(Sandbox, PassesSignalsOn) {
  const auto work = [&] {
    const SignalLater later(SIGINT, 300ms);
    return run_text(root_.path(), probe({"wait"}), GetParam());
  };
  fs::permissions(root_.path(), fs::perms(0777));
  EXPECT_EQ(GetParam() == Isolation::kUserNamespace ? as_nobody(work) : work(),
            "ready\ngot 2\nexit 42\n");
}

TEST_P(Sandbox, DiesWithUs) {
  // The runner is killed; the program must not live on to write its file. It would after a second.
  fs::create_directory(root_.path() / "out");
  fs::permissions(root_.path() / "out", fs::perms(0777));
  fs::permissions(root_.path(), fs::perms(0777));
  const pid_t runner = fork();
  if (runner == 0) {
    const auto work = [&] {
      return run_text(root_.path(), probe({"create", "/out/began", "doze", "create", "/out/late"}),
                      GetParam());
    };
    if (GetParam() == Isolation::kUserNamespace) {
      static_cast<void>(setresgid(65534, 65534, 65534) == 0 &&
                        setresuid(65534, 65534, 65534) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
    }
    work();
    _exit(0);
  }
  for (int tries = 0; tries < 500 && !fs::exists(root_.path() / "out/began"); ++tries) {
    usleep(10'000);
  }
  ASSERT_TRUE(fs::exists(root_.path() / "out/began"));
  kill(runner, SIGKILL);
  waitpid(runner, nullptr, 0);
  usleep(1'500'000);
  EXPECT_FALSE(fs::exists(root_.path() / "out/late"));
}

TEST_P(Sandbox, HasLittlePower) {
  auto program = probe({"privileges", "become", "12345"});
  program.account.uid = GetParam() == Isolation::kUserNamespace ? 7 : 65534;
  program.account.gid = program.account.uid;
  const auto seen = run(program);
  if (isolates()) {  // without /proc it cannot tell
    EXPECT_THAT(seen, testing::AllOf(HasSubstr("CapEff:\t0000000000000000\n"),
                                     HasSubstr("NoNewPrivs:\t1\n")));
  }
  EXPECT_THAT(seen, HasSubstr("nproc=4096\nbecome: "));
  EXPECT_THAT(seen, Not(HasSubstr("become: done")));
}

INSTANTIATE_TEST_SUITE_P(With, Sandbox,
                         testing::Values(Isolation::kNamespaces, Isolation::kUserNamespace,
                                         Isolation::kChroot),
                         name_of);

class IsolatedSandbox : public Sandbox {};

TEST_P(IsolatedSandbox, HasItsOwnProcessesAndNetwork) {
  const auto seen = run(probe({"loopback", "list", "/proc"}));
  EXPECT_THAT(seen, StartsWith("lo up\n1 2 "));
  EXPECT_THAT(seen, Not(HasSubstr(" " + std::to_string(getpid()) + " ")));
}

TEST_P(IsolatedSandbox, HasHarmlessDevices) {
  const auto seen = run(
      probe({"list", "/dev", "write", "/dev/null", "write", "/dev/full", "create", "/dev/shm/x"}));
  EXPECT_THAT(seen, StartsWith("fd full null "));
  EXPECT_THAT(seen, HasSubstr("random shm stderr stdin stdout tty urandom zero"));
  EXPECT_THAT(seen, HasSubstr("write: done\nwrite: No space left on device\ncreate: done\n"));
}

TEST_P(IsolatedSandbox, CannotReachTheMachine) {
  const auto seen =
      run(probe({"disk", "write", "/proc/sys/kernel/core_pattern", "remount", "/proc/sys", "write",
                 "/proc/sysrq-trigger", "list", "/proc/1/root", "list", "/proc/1/fd"}));
  EXPECT_THAT(seen, Not(HasSubstr("open made device: done")));
  EXPECT_THAT(seen, Not(HasSubstr("open device in /dev: done")));
  EXPECT_THAT(seen, Not(HasSubstr("write: done")));
  EXPECT_THAT(seen, HasSubstr("remount: Operation not permitted\n"));
  // The first process shows no root, and no descriptors but the standard ones.
  EXPECT_THAT(seen, testing::AnyOf(testing::EndsWith("\n\n\nexit 0\n"),
                                   testing::EndsWith("\n\n0 1 2 \nexit 0\n")));
}

INSTANTIATE_TEST_SUITE_P(With, IsolatedSandbox,
                         testing::Values(Isolation::kNamespaces, Isolation::kUserNamespace),
                         name_of);

class RootSandbox : public Sandbox {};

TEST_P(RootSandbox, BecomesTheUser) {
  auto program = probe({"ids"});
  program.account = {.uid = 1000, .gid = 100, .groups = {4, 44}};
  EXPECT_EQ(run(program), "uid=1000 gid=100 groups=4,44\nexit 0\n");
}

TEST_P(RootSandbox, AnUnreadableDirectoryIsAnError) {
  fs::create_directory(root_.path() / "secret");
  fs::permissions(root_.path() / "secret", fs::perms(0700));
  auto program = probe({"where"});
  program.directory = "/secret";
  program.account.uid = 1000;
  EXPECT_EQ(run(program),
            "error: cannot set the sandbox up: cannot enter /secret: Permission denied");
}

INSTANTIATE_TEST_SUITE_P(With, RootSandbox,
                         testing::Values(Isolation::kNamespaces, Isolation::kChroot), name_of);

class NamespaceSandbox : public Sandbox {};

TEST_P(NamespaceSandbox, RootHasDockersCapabilities) {
  // What `docker run` shows of itself: CapEff 00000000a80425fb; less what we lack ourselves.
  std::uint64_t expected = 0xa80425fb;
  for (unsigned capability = 0; capability < 32; ++capability) {
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0) {
      expected &= ~(std::uint64_t{1} << capability);
    }
  }
  const auto shown = fmt::format("{:016x}\n", expected);
  EXPECT_THAT(run(probe({"privileges"})),
              testing::AllOf(HasSubstr("CapEff:\t" + shown), HasSubstr("CapBnd:\t" + shown)));
}

INSTANTIATE_TEST_SUITE_P(With, NamespaceSandbox, testing::Values(Isolation::kNamespaces), name_of);

class UserSandbox : public Sandbox {};

TEST_P(UserSandbox, MapsOneUser) {
  auto program = probe({"show", "/proc/self/uid_map", "show", "/proc/self/setgroups", "ids"});
  program.account = {.uid = 1000, .gid = 100, .groups = {}};
  const auto seen = run(program);
  const auto outside = geteuid() == 0 ? 65534U : geteuid();
  std::string map = seen.substr(0, seen.find('\n'));
  map.erase(0, map.find_first_not_of(' '));
  std::vector<std::string> numbers;
  for (const auto word : base::split(map, ' ')) {
    if (!word.empty()) {
      numbers.emplace_back(word);
    }
  }
  EXPECT_THAT(numbers, testing::ElementsAre("1000", std::to_string(outside), "1"));
  EXPECT_THAT(seen, HasSubstr("\ndeny\nuid=1000 gid=100"));
}

INSTANTIATE_TEST_SUITE_P(With, UserSandbox, testing::Values(Isolation::kUserNamespace), name_of);

TEST(SandboxErrors, NoProgram) {
  const auto outcome = run_in_sandbox("/", {}, Isolation::kChroot, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "no program to run");
}

TEST(SandboxErrors, OrdinaryUsersCannotChroot) {
  EXPECT_THAT(as_nobody([] { return run_text("/tmp", probe({"ids"}), Isolation::kChroot); }),
              StartsWith("error: cannot set the sandbox up: cannot make the root /tmp"));
}

}  // namespace
}  // namespace gantry::runtime
