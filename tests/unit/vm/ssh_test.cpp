#include "vm/ssh.hpp"

#include <sys/stat.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "peer.hpp"

namespace gantry::vm {
namespace {

std::string message_of(std::string_view user) {
  const auto parsed = parse_ssh_user(user);
  return parsed ? *parsed : parsed.error().what;
}

TEST(SshUser, IsAWordOfACommandAndOfAShell) {
  for (const auto* const user : {"root", "www-data", "a.b_c", "Admin1"}) {
    EXPECT_EQ(message_of(user), user);
  }
  const std::string wrong = " is not a user (up to 32 letters, digits and any of '._-')";
  for (const std::string user :
       {"", "-l", "..", "a b", "a;reboot", "$(reboot)", "a\n", "a@b", "a'b"}) {
    EXPECT_EQ(message_of(user), "'" + base::printable(user) + "'" + wrong);
  }
  EXPECT_EQ(message_of(std::string(33, 'a')), "'" + std::string(33, 'a') + "'" + wrong);
}

class OwnSshKey : public testing::Test {
 protected:
  OwnSshKey() {
    if (!base::find_program("ssh-keygen")) {
      skipped_ = true;
    }
  }

  bool skipped_ = false;
  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path keys_ = directory_.path() / "keys";
};

TEST_F(OwnSshKey, IsMadeOnce) {
  if (skipped_) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  const auto key = own_ssh_key(keys_);
  ASSERT_TRUE(key) << key.error().what;
  const auto secret = base::read_file(*key);
  ASSERT_TRUE(secret);
  EXPECT_TRUE(secret->starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
  const auto open = base::read_file(key->native() + ".pub");
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->starts_with("ssh-ed25519 ")) << *open;
  struct stat status {};
  ASSERT_EQ(stat(key->c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(*own_ssh_key(keys_), *key);
  EXPECT_EQ(*base::read_file(*key), *secret);
}

TEST_F(OwnSshKey, HalfAPairIsMadeAgain) {
  if (skipped_) {
    GTEST_SKIP() << "ssh-keygen is not installed";
  }
  ASSERT_TRUE(own_ssh_key(keys_));
  const auto before = *base::read_file(keys_ / "ssh.pub");
  ASSERT_TRUE(base::remove_tree(keys_ / "ssh"));
  ASSERT_TRUE(base::write_file(keys_ / "ssh.new", "left by one that was killed"));
  const auto key = own_ssh_key(keys_);
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_NE(*base::read_file(keys_ / "ssh.pub"), before);
  EXPECT_FALSE(std::filesystem::exists(keys_ / "ssh.new"));
}

TEST(SshConnection, NeedsAPortThatIsForwarded) {
  Machine machine;
  machine.ports = {{80, 8080}};
  const auto opened = SshConnection::open(machine, {}, after(std::chrono::seconds(1)));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what,
            "port 22 of the guest is not one that is reached from the host: those are 80");
}

}  // namespace
}  // namespace gantry::vm
