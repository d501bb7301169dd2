#include "vm/agent_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm::agent {
namespace {

using testing::ElementsAre;

/// No shorter body, and none with something behind it, is one.
template <class Decode>
void expect_exact(const std::string& body, Decode decode) {
  EXPECT_TRUE(decode(body));
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(decode(std::string_view(body).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode(body + "x"));
}

TEST(AgentMessages, Welcome) {
  const auto body = encode(Welcome{3, "boot", std::string("\0\xff", 2), 1ULL << 40});
  expect_exact(body, decode_welcome);
  const auto read = decode_welcome(body);
  EXPECT_EQ(read->version, 3U);
  EXPECT_EQ(read->boot, "boot");
  EXPECT_EQ(read->nonce, std::string("\0\xff", 2));
  EXPECT_EQ(read->counter, 1ULL << 40);
}

TEST(AgentMessages, Command) {
  const auto body = encode(Command{{"sh", "-c", ""}, {"A=1", "B="}, "/tmp", true});
  expect_exact(body, decode_command);
  const auto read = decode_command(body);
  EXPECT_THAT(read->arguments, ElementsAre("sh", "-c", ""));
  EXPECT_THAT(read->environment, ElementsAre("A=1", "B="));
  EXPECT_EQ(read->directory, "/tmp");
  EXPECT_TRUE(read->has_input);
}

TEST(AgentMessages, CommandsWithoutAWordAreNone) {
  EXPECT_FALSE(decode_command(encode(Command{})));
}

TEST(AgentMessages, PutFile) {
  const auto body = encode(PutFile{"/etc/x", 04755, 1, kSameOwner, 1ULL << 33});
  expect_exact(body, decode_put_file);
  const auto read = decode_put_file(body);
  EXPECT_EQ(read->path, "/etc/x");
  EXPECT_EQ(read->mode, 04755U);
  EXPECT_EQ(read->user, 1U);
  EXPECT_EQ(read->group, kSameOwner);
  EXPECT_EQ(read->size, 1ULL << 33);
}

TEST(AgentMessages, Trees) {
  expect_exact(encode(PutTree{"/etc/x", 0700}), decode_put_tree);
  EXPECT_EQ(decode_put_tree(encode(PutTree{"/etc/x", 0700}))->mode, 0700U);
  const auto body = encode(TreeEntry{TreeEntry::Kind::kLink, "a/b", 0777, 1ULL << 33, "../c"});
  expect_exact(body, decode_tree_entry);
  const auto read = decode_tree_entry(body);
  EXPECT_EQ(read->kind, TreeEntry::Kind::kLink);
  EXPECT_EQ(read->path, "a/b");
  EXPECT_EQ(read->mode, 0777U);
  EXPECT_EQ(read->size, 1ULL << 33);
  EXPECT_EQ(read->target, "../c");
  EXPECT_FALSE(decode_tree_entry(encode(TreeEntry{static_cast<TreeEntry::Kind>(3), "a", 0, 0})));
}

TEST(AgentMessages, Identity) {
  Identity identity;
  identity.clock = 1'800'000'000'123'456'789;
  identity.seed = std::string(32, '\xaa');
  identity.host_name = "clone-1";
  identity.machine_id = std::string(32, 'f');
  identity.mac_addresses = {{0x52, 0x54, 0, 1, 2, 3}, {0x52, 0x54, 0, 1, 2, 4}};
  const auto body = encode(identity);
  expect_exact(body, decode_identity);
  const auto read = decode_identity(body);
  EXPECT_EQ(read->clock, identity.clock);
  EXPECT_EQ(read->seed, identity.seed);
  EXPECT_EQ(read->host_name, identity.host_name);
  EXPECT_EQ(read->machine_id, identity.machine_id);
  EXPECT_EQ(read->mac_addresses, identity.mac_addresses);
  EXPECT_FALSE(decode_identity(encode(Identity{}))->clock);
}

TEST(AgentMessages, OthersAreReadAsTheyWereWritten) {
  expect_exact(encode(Exited{true, 9}), decode_exited);
  EXPECT_TRUE(decode_exited(encode(Exited{true, 9}))->by_signal);
  EXPECT_EQ(decode_exited(encode(Exited{true, 9}))->code, 9U);
  expect_exact(encode(FileInfo{0600, 5}), decode_file_info);
  EXPECT_EQ(decode_file_info(encode(FileInfo{0600, 5}))->size, 5U);
  expect_exact(encode(Failure{"cannot", 13}), decode_failure);
  EXPECT_EQ(decode_failure(encode(Failure{"cannot", 13}))->what, "cannot");
  expect_exact(encode(std::uint32_t{77}), decode_number);
  EXPECT_EQ(decode_number(encode(std::uint32_t{77})), 77U);
  const auto synced = encode(Synced{1ULL << 34, {{"a", 1}, {"b", 2}}});
  expect_exact(synced, decode_synced);
  EXPECT_EQ(decode_synced(synced)->trimmed, 1ULL << 34);
  EXPECT_EQ(decode_synced(synced)->failures.at(1).what, "b");
  const std::vector<Failure> failures = {{"a", 1}, {"b", 2}};
  expect_exact(encode(failures), decode_failures);
  EXPECT_EQ(decode_failures(encode(failures))->at(1).code, 2U);
}

/// A count that nothing stands behind costs neither time nor memory.
TEST(AgentMessages, CountsAreNotBelieved) {
  EXPECT_FALSE(decode_command("\xff\xff\xff\xff"));
  EXPECT_FALSE(decode_failures("\xff\xff\xff\xff"));
  EXPECT_FALSE(decode_failures("\xff\xff\xff\xff\xff\xff\xff\xff"));
}

}  // namespace
}  // namespace gantry::vm::agent
