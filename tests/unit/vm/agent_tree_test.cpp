#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agent_process.hpp"
#include "vm/agent_client.hpp"
#include "vm/host_tree.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using agent::TreeEntry;
using agent::Type;
using testing::HasSubstr;
using Kind = TreeEntry::Kind;

unsigned mode_at(const fs::path& path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : ~0U;
}

std::string contents(const fs::path& path) {
  auto text = base::read_file(path);
  return text ? *text : "(" + text.error().what + ")";
}

/// The real agent, on this machine.
class AgentTreeTest : public testing::Test {
 protected:
  AgentTreeTest() {
    fs::create_directory(source_);
    auto started = start_agent(directory_.path() / "log");
    EXPECT_TRUE(started) << started.error().what;
    process_ = std::make_unique<Process>(std::move(started->process));
    socket_ = std::move(started->socket);
  }

  base::Result<void> put(const fs::path& target) {
    if (!agent_) {
      GANTRY_TRY(auto client, AgentClient::connect(std::move(socket_), *process_, after(20s)));
      agent_ = std::make_unique<AgentClient>(std::move(client));
    }
    GANTRY_TRY(const auto tree, HostTree::read(source_, content::Identify::kByStat));
    return agent_->put_tree(tree, target.native(), after(60s));
  }

  /// What the agent says to entries as they are: "" if they are fine.
  std::string say(const std::vector<TreeEntry>& entries, const std::string& bytes = {}) {
    AgentChannel channel(base::Fd(fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0)), *process_);
    EXPECT_TRUE(channel.begin_session(after(20s)));
    channel.begin_request(Type::kPutTree, agent::encode(agent::PutTree{there_.native(), 0755}));
    for (const auto& entry : entries) {
      channel.add(Type::kTreeEntry, agent::encode(entry));
    }
    if (!bytes.empty()) {
      channel.add(Type::kPutData, bytes);
    }
    channel.add(Type::kPutEnd, {});
    const auto answer = channel.answer(after(20s), "a test");
    if (answer) {
      EXPECT_EQ(answer->type, Type::kDone);
    }
    return answer ? "" : answer.error().what;
  }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path source_ = directory_.path() / "source";
  fs::path there_ = directory_.path() / "there";
  std::unique_ptr<Process> process_;
  base::Fd socket_;
  std::unique_ptr<AgentClient> agent_;
};

TEST_F(AgentTreeTest, CopiesFilesModesAndLinks) {
  fs::create_directories(source_ / "a" / "empty");
  const std::string large(1'000'003, 'x');
  ASSERT_TRUE(base::write_file(source_ / "a" / "large", large));
  ASSERT_TRUE(base::write_file(source_ / "none", ""));
  ASSERT_TRUE(base::write_file(source_ / "run", "#!/bin/sh\n"));
  chmod((source_ / "run").c_str(), 04777);
  chmod((source_ / "a").c_str(), 0750);
  fs::create_symlink("/no/such", source_ / "dangling");
  fs::create_symlink("a/large", source_ / "link");
  const auto sent = put(there_ / "new" / "deep");
  ASSERT_TRUE(sent) << sent.error().what;
  const auto root = there_ / "new" / "deep";
  EXPECT_EQ(contents(root / "a" / "large"), large);
  EXPECT_EQ(contents(root / "none"), "");
  EXPECT_EQ(mode_at(root / "run"), 04755U);
  EXPECT_EQ(mode_at(root / "a"), 0750U);
  EXPECT_TRUE(fs::is_empty(root / "a" / "empty"));
  EXPECT_EQ(fs::read_symlink(root / "dangling"), "/no/such");
  EXPECT_EQ(fs::read_symlink(root / "link"), "a/large");
}

TEST_F(AgentTreeTest, ManyFilesAreOneStream) {
  for (int i = 0; i < 3000; ++i) {
    std::ofstream(source_ / std::to_string(i)) << i;
  }
  const auto sent = put(there_);
  ASSERT_TRUE(sent) << sent.error().what;
  EXPECT_EQ(contents(there_ / "2999"), "2999");
  EXPECT_EQ(std::distance(fs::directory_iterator(there_), {}), 3000);
}

TEST_F(AgentTreeTest, LeavesDirectoriesAndReplacesFiles) {
  fs::create_directories(there_ / "a");
  chmod((there_ / "a").c_str(), 0711);
  ASSERT_TRUE(base::write_file(there_ / "a" / "stays", "stays"));
  ASSERT_TRUE(base::write_file(directory_.path() / "else", "else"));
  fs::create_symlink(directory_.path() / "else", there_ / "a" / "file");
  fs::create_directories(source_ / "a");
  ASSERT_TRUE(base::write_file(source_ / "a" / "file", "new"));
  const auto sent = put(there_);
  ASSERT_TRUE(sent) << sent.error().what;
  EXPECT_EQ(mode_at(there_ / "a"), 0711U);
  EXPECT_EQ(contents(there_ / "a" / "stays"), "stays");
  EXPECT_FALSE(fs::is_symlink(there_ / "a" / "file"));
  EXPECT_EQ(contents(there_ / "a" / "file"), "new");
  EXPECT_EQ(contents(directory_.path() / "else"), "else");
}

TEST_F(AgentTreeTest, GoesThroughNoLinkBelowTheTarget) {
  fs::create_directories(directory_.path() / "else");
  fs::create_directories(there_);
  fs::create_directory_symlink(directory_.path() / "else", there_ / "a");
  fs::create_directories(source_ / "a");
  ASSERT_TRUE(base::write_file(source_ / "a" / "file", "x"));
  const auto sent = put(there_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().what,
            "cannot fill the directory " + (there_ / "a").native() + ": Not a directory");
  EXPECT_TRUE(fs::is_empty(directory_.path() / "else"));
  const auto again = put(there_ / "a");  // it is named: it is meant
  EXPECT_TRUE(again) << again.error().what;
  EXPECT_EQ(contents(directory_.path() / "else" / "a" / "file"), "x");
}

TEST_F(AgentTreeTest, SaysWhatIsInTheWay) {
  fs::create_directories(there_ / "file");
  ASSERT_TRUE(base::write_file(source_ / "file", "x"));
  const auto sent = put(there_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().what, "cannot replace " + (there_ / "file").native() + ": Is a directory");
  const auto relative = put("relative");
  ASSERT_FALSE(relative);
  EXPECT_EQ(relative.error().what, "'relative' is no absolute path of a directory");
}

TEST_F(AgentTreeTest, AFileThatChangesMeanwhileIsNamed) {
  ASSERT_TRUE(base::write_file(source_ / "file", "x"));
  auto client = AgentClient::connect(std::move(socket_), *process_, after(20s));
  ASSERT_TRUE(client);
  const auto tree = HostTree::read(source_, content::Identify::kByStat);
  ASSERT_TRUE(tree);
  std::ofstream(source_ / "file") << "longer";
  const auto longer = client->put_tree(*tree, there_, after(20s));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().what, "the file was changed while it was copied");
  EXPECT_EQ(longer.error().where, source_ / "file");
  fs::remove(source_ / "file");
  fs::create_symlink("/etc/passwd", source_ / "file");
  EXPECT_FALSE(client->put_tree(*tree, there_, after(20s)));
  EXPECT_FALSE(fs::exists(there_ / "file"));
}

TEST_F(AgentTreeTest, TheAgentTakesNothingThatEscapes) {
  const auto refused = [](const std::string& path) {
    return "'" + path + "' is no path below a directory";
  };
  for (const std::string path :
       {"", "/etc/x", "../x", "a/../../x", "..", ".", "./a", "a//b", "a/", "a/.."}) {
    EXPECT_EQ(say({{Kind::kFile, path, 0644, 0}}), refused(path));
    EXPECT_EQ(say({{Kind::kDirectory, path, 0755, 0}}), refused(path));
    EXPECT_EQ(say({{Kind::kLink, path, 0, 0, "x"}}), refused(path));
  }
  EXPECT_THAT(say({{Kind::kFile, std::string("a\0b", 3), 0644, 0}}), HasSubstr("is no path below"));
  const auto outside = directory_.path() / "outside";
  fs::create_directory(outside);
  EXPECT_EQ(say({{Kind::kLink, "way", 0, 0, outside}, {Kind::kFile, "way/file", 0644, 0}}),
            "cannot go through " + (there_ / "way").native() + ": Not a directory");
  EXPECT_EQ(say({{Kind::kLink, "way", 0, 0, outside}, {Kind::kDirectory, "way", 0755, 0}}),
            "cannot fill the directory " + (there_ / "way").native() + ": Not a directory");
  EXPECT_TRUE(fs::is_empty(outside));
  EXPECT_EQ(say({{Kind::kLink, "way", 0, 0, outside / "made"}, {Kind::kFile, "way", 0644, 1}}, "x"),
            "");
  EXPECT_FALSE(fs::exists(outside / "made"));
}

TEST_F(AgentTreeTest, TheAgentCountsBytes) {
  EXPECT_EQ(say({{Kind::kFile, "file", 0644, 2}}, "abc"),
            "the host has sent more than the 2 bytes of " + (there_ / "file").native());
  EXPECT_EQ(say({{Kind::kFile, "file", 0644, 2}}, "a"),
            "the host has sent 1 of the 2 bytes of " + (there_ / "file").native());
  EXPECT_EQ(say({{Kind::kFile, "file", 0644, 2}, {Kind::kFile, "other", 0644, 0}}),
            "the host has sent 0 of the 2 bytes of " + (there_ / "file").native());
  EXPECT_EQ(say({{Kind::kDirectory, "directory", 0755, 2}}, "a"),
            "the host has sent more than the 0 bytes of " + (there_ / "directory").native());
  EXPECT_EQ(say({{Kind::kLink, "link", 0, 0, std::string("a\0b", 3)}}),
            "no symbolic link can say what " + (there_ / "link").native() + " is to say");
}

}  // namespace
}  // namespace gantry::vm
