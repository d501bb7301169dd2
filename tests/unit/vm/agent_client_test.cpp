#include "vm/agent_client.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include "agent_process.hpp"
#include "content/digest.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// The real agent, on this machine.
class AgentClientTest : public testing::Test {
 protected:
  AgentClientTest() {
    auto started = start_agent(directory_.path() / "log");
    EXPECT_TRUE(started) << started.error().what;
    process_ = std::make_unique<Process>(std::move(started->process));
    auto client = AgentClient::connect(std::move(started->socket), *process_, after(20s));
    EXPECT_TRUE(client) << client.error().what;
    agent_ = std::make_unique<AgentClient>(*std::move(client));
  }

  base::Result<AgentRun> shell(const std::string& script, std::string_view input = {},
                               std::chrono::milliseconds time = 20s) {
    return agent_->run({{"sh", "-c", script}, {}, {}, false}, input, after(time));
  }

  fs::path path(const char* name) const { return directory_.path() / name; }

  base::TempDir directory_ = *base::TempDir::create();
  std::unique_ptr<Process> process_;
  std::unique_ptr<AgentClient> agent_;
};

/// Of a length that is no multiple of anything, and not the same anywhere.
std::string bytes_of(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint64_t state = size;
  for (auto& byte : bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    byte = static_cast<char>(state >> 56);
  }
  return bytes;
}

std::string contents(const fs::path& path) {
  auto text = base::read_file(path);
  return text ? *text : "(" + text.error().what + ")";
}

TEST_F(AgentClientTest, RunsACommand) {
  const auto run = shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(run) << run.error().what;
  EXPECT_EQ(run->output, "out\n");
  EXPECT_EQ(run->error_output, "err\n");
  EXPECT_FALSE(run->exited.by_signal);
  EXPECT_EQ(run->exited.code, 3U);
}

TEST_F(AgentClientTest, SaysWhichSignalEndedACommand) {
  const auto run = shell("kill -SEGV $$");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->exited.by_signal);
  EXPECT_EQ(run->exited.code, 11U);
}

TEST_F(AgentClientTest, RunsACommandWhereAndAsItIsTold) {
  const auto run = agent_->run({{"sh", "-c", "pwd; echo $WORD; echo $PATH"},
                                {"WORD=a b", "PATH=/bin:/usr/bin"},
                                "/usr",
                                false},
                               {}, after(20s));
  ASSERT_TRUE(run);
  EXPECT_EQ(run->output, "/usr\na b\n/bin:/usr/bin\n");
}

TEST_F(AgentClientTest, ACommandHasNoInputUnlessItIsGiven) {
  const auto run = shell("wc -c; ls -l /proc/self/fd | wc -l");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->output, "0\n5\n");  // "total", the three streams, and the directory
}

TEST_F(AgentClientTest, SaysWhyACommandDoesNotRun) {
  const auto run = agent_->run({{"/no/such/program"}, {}, {}, false}, {}, after(20s));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().what, "cannot execute /no/such/program: No such file or directory");
  EXPECT_EQ(run.error().where, "the guest, running /no/such/program");
  const auto elsewhere = agent_->run({{"true"}, {}, "/no/such", false}, {}, after(20s));
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().what,
            "cannot enter the directory /no/such: No such file or directory");
  EXPECT_TRUE(shell("true"));
}

TEST_F(AgentClientTest, RefusesACommandThatNoFrameHolds) {
  const auto run =
      agent_->run({{"echo", std::string(300'000, 'x')}, {}, {}, false}, {}, after(20s));
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().what, HasSubstr("more than the 262144 that the guest's agent takes"));
}

TEST_F(AgentClientTest, GivesACommandItsInput) {
  const auto input = bytes_of(3'000'001);
  const auto run = shell("cat", input);
  ASSERT_TRUE(run) << run.error().what;
  EXPECT_TRUE(run->output == input);
}

TEST_F(AgentClientTest, ACommandNeedNotReadItsInput) {
  const auto run = shell("exec <&-; sleep 0.1; echo done", bytes_of(3'000'001));
  ASSERT_TRUE(run) << run.error().what;
  EXPECT_EQ(run->output, "done\n");
}

TEST_F(AgentClientTest, ACommandMayReadItsInputLate) {
  const auto run = shell("sleep 0.3; wc -c; echo end >&2", bytes_of(1'000'001));
  ASSERT_TRUE(run) << run.error().what;
  EXPECT_EQ(run->output, "1000001\n");
  EXPECT_EQ(run->error_output, "end\n");
}

TEST_F(AgentClientTest, HearsAFloodToItsEnd) {
  std::size_t size = 0;
  const auto exited = agent_->execute(
      {{"sh", "-c", "head -c 50000000 /dev/zero & head -c 50000000 /dev/zero >&2; wait"},
       {},
       {},
       false},
      {},
      [&](AgentStream, std::string_view bytes) -> base::Result<void> {
        size += bytes.size();
        return {};
      },
      after(60s));
  ASSERT_TRUE(exited) << exited.error().what;
  EXPECT_EQ(size, 100'000'000U);
}

TEST_F(AgentClientTest, StopsAFloodThatIsTooLarge) {
  const auto run = agent_->run({{"cat", "/dev/zero"}, {}, {}, false}, {}, after(20s), 1'000'000);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().what, "a command in the guest said more than 1000000 bytes");
  const auto next = shell("while pgrep -P $PPID cat >&2; do sleep 0.02; done; echo gone");
  ASSERT_TRUE(next) << next.error().what;
  EXPECT_EQ(next->output, "gone\n");
}

TEST_F(AgentClientTest, DoesNotWaitForWhatACommandHasLeftRunning) {
  const auto begin = std::chrono::steady_clock::now();
  const auto run = shell("echo one; sleep 30 & echo $!");
  ASSERT_TRUE(run);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  EXPECT_THAT(run->output, HasSubstr("one\n"));
  const auto pid = std::stoi(run->output.substr(4));
  EXPECT_EQ(kill(pid, SIGKILL), 0);  // it has not been killed
}

TEST_F(AgentClientTest, EndsACommandAtItsDeadline) {
  const auto run = shell("trap 'echo ended >" + path("trapped").native() +
                             "; exit 0' TERM; echo begun; while :; do sleep 0.05; done",
                         {}, 300ms);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().what, HasSubstr("the time is over while running sh -c trap"));
  EXPECT_EQ(contents(path("trapped")), "ended\n");
}

TEST_F(AgentClientTest, KillsACommandThatDoesNotEndWhenItIsTold) {
  const auto run =
      shell("trap '' TERM; echo $$ >" + path("pid").native() + "; while :; do sleep 0.05; done", {},
            300ms);
  ASSERT_FALSE(run);
  const auto next = shell("true");
  ASSERT_TRUE(next) << next.error().what;
  const auto pid = std::stoi(contents(path("pid")));
  for (int i = 0; i < 100 && kill(pid, 0) == 0; ++i) {
    poll(nullptr, 0, 20);
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(AgentClientTest, LeavesNoZombies) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(shell("sleep 0.01 &"));
  }
  const auto zombies = shell("ps -o stat= --ppid $PPID | grep -c Z");
  ASSERT_TRUE(zombies);
  EXPECT_EQ(zombies->output, "0\n");
}

TEST_F(AgentClientTest, PutsAndGetsALargeFile) {
  const auto content = bytes_of(20'000'003);
  const auto digest = content::sha256(content);
  ASSERT_TRUE(base::write_file(path("source"), content));
  const auto put =
      agent_->put_file(path("source"), {.path = path("there"), .mode = 0640}, after(60s));
  ASSERT_TRUE(put) << put.error().what;
  EXPECT_EQ(content::sha256(contents(path("there"))), digest);
  const auto info = agent_->get_file(path("there").native(), 30'000'000, path("back"), after(60s));
  ASSERT_TRUE(info) << info.error().what;
  EXPECT_EQ(content::sha256(contents(path("back"))), digest);
  EXPECT_EQ(info->mode, 0640U);
  EXPECT_EQ(info->size, 20'000'003U);
}

TEST_F(AgentClientTest, PutsInTheWayOfWhatIsThere) {
  ASSERT_TRUE(base::write_file(path("file"), "old"));
  const std::ifstream old(path("file"));
  struct stat before {};
  ASSERT_EQ(stat(path("file").c_str(), &before), 0);
  ASSERT_TRUE(agent_->put("new", {.path = path("file"), .mode = 04755}, after(20s)));
  EXPECT_EQ(contents(path("file")), "new");
  struct stat now {};
  ASSERT_EQ(stat(path("file").c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 07777, 04755U);
  EXPECT_NE(now.st_ino, before.st_ino);
  ASSERT_TRUE(agent_->put("", {.path = path("empty")}, after(20s)));
  EXPECT_EQ(contents(path("empty")), "");
}

TEST_F(AgentClientTest, GivesAFileToItsOwner) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root may give files away";
  }
  ASSERT_TRUE(agent_->put("x", {.path = path("file"), .mode = 02755, .user = 12345, .group = 54321},
                          after(20s)));
  struct stat status {};
  ASSERT_EQ(stat(path("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 12345U);
  EXPECT_EQ(status.st_gid, 54321U);
  EXPECT_EQ(status.st_mode & 07777, 02755U);
}

TEST_F(AgentClientTest, LeavesNothingOfAFileThatIsNotWhole) {
  fs::create_directory(path("there"));
  const auto target = path("there") / "file";
  ASSERT_TRUE(base::write_file(path("source"), bytes_of(5'000'000)));
  const auto put = agent_->put_file(path("source"), {.path = target}, after(1ms));
  ASSERT_FALSE(put);
  EXPECT_THAT(put.error().what, HasSubstr("the time is over while writing " + target.native()));
  ASSERT_TRUE(shell("true"));
  EXPECT_TRUE(fs::is_empty(path("there")));
}

TEST_F(AgentClientTest, SaysWhyAFileIsNotWritten) {
  const auto put = agent_->put(bytes_of(3'000'000), {.path = "/no/such/file"}, after(20s));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().what, "cannot write in /no/such: No such file or directory");
  const auto relative = agent_->put("x", {.path = "file"}, after(20s));
  ASSERT_FALSE(relative);
  EXPECT_EQ(relative.error().what, "'file' is no absolute path of a file");
  const auto over = agent_->put("x", {.path = directory_.path().native()}, after(20s));
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().what, HasSubstr("Is a directory"));
  EXPECT_TRUE(shell("true"));
}

TEST_F(AgentClientTest, SaysWhyAFileIsNotRead) {
  const auto read = [&](const char* file, std::uint64_t limit) {
    const auto got = agent_->get_file(file, limit, path("got"), after(20s));
    EXPECT_FALSE(fs::exists(path("got.part")));
    return got ? "" : got.error().what;
  };
  EXPECT_EQ(read("/no/such", 100), "cannot read /no/such: No such file or directory");
  EXPECT_EQ(read("/tmp", 100), "/tmp is no file that can be read to its end");
  EXPECT_EQ(read("/dev/zero", 100), "/dev/zero is no file that can be read to its end");
  ASSERT_TRUE(base::write_file(path("large"), std::string(2'000'000, 'x')));
  EXPECT_EQ(read(path("large").c_str(), 1'000'000), "the file has more than 1000000 bytes");
  EXPECT_TRUE(shell("true"));
}

TEST_F(AgentClientTest, ReadsFilesWhoseSizeNobodySays) {
  const auto info = agent_->get_file("/proc/self/status", 100'000, path("status"), after(20s));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size, 0U);
  EXPECT_THAT(contents(path("status")), HasSubstr("gantry-guest-a"));
}

TEST_F(AgentClientTest, BeginsAnewInTheMiddleOfSomething) {
  const auto before = agent_->welcome();
  EXPECT_EQ(before.counter, 1U);
  // Half a frame of an old session, and noise: then the host is another.
  std::string half;
  agent::append_frame(half, {agent::Type::kPutData, 1, 5, std::string(200'000, 'x')});
  const std::string noise = "noise" + half.substr(0, 100'000);
  ASSERT_EQ(send(agent_->fd(), noise.data(), noise.size(), 0), std::ssize(noise));
  const auto now = agent_->begin_session(after(20s));
  ASSERT_TRUE(now) << now.error().what;
  EXPECT_EQ(now->counter, 2U);
  EXPECT_TRUE(check_restored(before, *now));
  EXPECT_EQ(shell("echo on")->output, "on\n");
}

/// The agent waits for the rest of a frame of the session that it knows, which never comes.
TEST(AgentRestore, IsUnderstoodByAnAgentThatWaitsForTheRestOfAFrame) {
  const auto directory = *base::TempDir::create();
  auto started = start_agent(directory.path() / "log");
  ASSERT_TRUE(started);
  // As after a restore the socket is another; its other end cannot tell.
  base::Fd again(fcntl(started->socket.get(), F_DUPFD_CLOEXEC, 0));
  AgentChannel before(std::move(started->socket), started->process);
  ASSERT_TRUE(before.begin_session(after(20s)));
  before.begin_request(agent::Type::kExecute,
                       agent::encode(agent::Command{{"sleep", "100"}, {}, {}, true}));
  before.add(agent::Type::kInput, std::string(100'000, 'x'));
  std::string bytes(20'000, '\0');
  before.flush(after(20s));
  // The head of a frame that the agent believes needs the session's number, which is in the hello:
  // so half of one is made of what the first host says next.
  before.add(agent::Type::kInput, std::string(agent::kLongestBody, 'x'));
  ASSERT_GT(before.unsent(), agent::kLongestBody);
  ASSERT_TRUE(before.exchange(agent::kLongestBody - 100'000, after(20s), "sending half a frame"));
  AgentChannel now(std::move(again), started->process);
  const auto welcome = now.begin_session(after(20s));
  ASSERT_TRUE(welcome) << welcome.error().what;
  EXPECT_EQ(welcome->counter, 2U);
}

TEST_F(AgentClientTest, SaysHowTheVirtualMachineEnded) {
  const auto run = shell("kill -KILL $PPID");
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().what, HasSubstr("the virtual machine ended by signal 9 (Killed) while "
                                          "running sh -c kill -KILL $PPID"));
}

TEST_F(AgentClientTest, AnAgentWithoutItsHostEnds) {
  agent_.reset();
  EXPECT_TRUE(process_->wait_for_end(after(20s)));
}

TEST_F(AgentClientTest, ChangesNoMachineThatIsNotVirtual) {
  const std::string refused =
      "this agent does not listen at the port of a virtual machine, which it "
      "might change";
  const auto identity = agent_->set_identity({}, after(20s));
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().what, refused);
  const auto sync = agent_->sync(false, after(20s));
  ASSERT_FALSE(sync);
  EXPECT_EQ(sync.error().what, refused);
  const auto off = agent_->power_off(after(20s));
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().what, refused);
}

/// Passes on what arrives at one of two ends to the other, until either is closed.
void join_ends(int left, int right) {
  std::array<char, 4096> chunk;
  for (;;) {
    std::array<pollfd, 2> polled{{{left, POLLIN, 0}, {right, POLLIN, 0}}};
    poll(polled.data(), polled.size(), -1);
    for (const bool is_left : {true, false}) {
      if (polled[is_left ? 0 : 1].revents != 0) {
        const auto count = read(is_left ? left : right, chunk.data(), chunk.size());
        const auto size = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        const auto part = std::as_bytes(std::span(chunk)).first(size);
        if (part.empty() || !base::write_all(is_left ? right : left, part, "other end")) {
          return;
        }
      }
    }
  }
}

/// A serial port, as a guest may have one too: the terminal echoes and translates until it is told
/// not to.
TEST(AgentAtTerminal, Answers) {
  const auto directory = *base::TempDir::create();
  const base::Fd terminal(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(unlockpt(terminal.get()), 0);
  const std::string name = ptsname(terminal.get());
  // While nobody has it open the other end is hung up.
  const base::Fd keeper(open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  auto process = Process::start({.arguments = {GANTRY_GUEST_AGENT, "--port", name},
                                 .log = directory.path() / "log",
                                 .inherited = {}});
  ASSERT_TRUE(process) << process.error().what;
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const base::Fd relayed(ends[1]);
  const std::jthread relay([&] { join_ends(terminal.get(), relayed.get()); });
  auto agent = AgentClient::connect(base::Fd(ends[0]), *process, after(20s));
  ASSERT_TRUE(agent) << agent.error().what;
  const auto bytes = bytes_of(300'000);
  const auto run = agent->run({{"cat"}, {}, {}, false}, bytes, after(20s));
  ASSERT_TRUE(run) << run.error().what;
  EXPECT_TRUE(run->output == bytes);
}

TEST(AgentRestore, IsToldFromAnythingElse) {
  const agent::Welcome before{1, "boot", "nonce", 5};
  EXPECT_TRUE(check_restored(before, {1, "boot", "nonce", 6}));
  EXPECT_EQ(check_restored(before, {1, "other", "nonce", 6}).error().what,
            "the guest was booted again, not restored");
  EXPECT_EQ(check_restored(before, {1, "boot", "other", 6}).error().what,
            "the guest's agent was started again, not restored");
  EXPECT_EQ(check_restored(before, {1, "boot", "nonce", 5}).error().what,
            "the guest is older than the checkpoint: its agent has begun 5 sessions, and had begun "
            "5 before");
}

}  // namespace
}  // namespace gantry::vm
