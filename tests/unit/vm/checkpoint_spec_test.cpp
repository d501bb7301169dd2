#include "vm/checkpoint_spec.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "vm/checkpoint_key.hpp"

namespace gantry::vm {
namespace {

constexpr const char* kStart = "gantry-checkpoint 1\nname ready\nstore /s\n";

std::string message_of(const std::string& rest) {
  const auto spec = parse_checkpoint_spec(kStart + rest, "ready.spec");
  return spec ? "accepted" : spec.error().where + ": " + spec.error().what;
}

TEST(CheckpointSpec, IsReadWhole) {
  const auto spec =
      parse_checkpoint_spec(std::string(kStart) +
                                "guest /g\nready console:login: $\nstep console:/a "
                                "b\nstep agent:/c\nstep copy:/d=e=/etc/f\nstep copy:/d/=/g\n"
                                "timeout 60\nrecord screen\n",
                            "ready.spec");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->name, "ready");
  EXPECT_EQ(spec->guest, "/g");
  ASSERT_EQ(spec->ready.size(), 1U);
  EXPECT_EQ(spec->ready.front().pattern, "login: $");
  ASSERT_EQ(spec->steps.size(), 4U);
  EXPECT_EQ(spec->steps[0].file, "/a b");
  EXPECT_EQ(spec->steps[2].file, "/d=e");
  EXPECT_EQ(spec->steps[2].destination, "/etc/f");
  EXPECT_EQ(spec->steps[3].file, "/d");
  EXPECT_EQ(spec->timeout, std::chrono::seconds(60));
  EXPECT_TRUE(spec->record_screen);
}

TEST(CheckpointSpec, NamesADaemonOfLibvirt) {
  const auto spec =
      parse_checkpoint_spec(std::string(kStart) + "guest /g\nlibvirt qemu:///session\n", "s");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->libvirt, "qemu:///session");
}

TEST(CheckpointSpec, NamesACacheAndWhetherToPutThingsThere) {
  const auto spec =
      parse_checkpoint_spec(std::string(kStart) + "guest /g\ncache example.com/team/cache\n", "s");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->cache, "example.com/team/cache");
  EXPECT_FALSE(spec->cache_push);
  const auto pushing =
      parse_checkpoint_spec(std::string(kStart) + "guest /g\ncache c.io/c\ncache-push yes\n", "s");
  ASSERT_TRUE(pushing);
  EXPECT_TRUE(pushing->cache_push);
  EXPECT_EQ(message_of("guest /g\ncache-push maybe\n"), "ready.spec:5: 'maybe' is not yes or no");
}

TEST(CheckpointSpec, ErrorsNameTheLine) {
  EXPECT_EQ(message_of("guest /g\nstep telnet:/a\n"),
            "ready.spec:5: 'telnet:/a' is not a step (console:FILE, agent:FILE, copy:FILE=PATH, "
            "keys:FILE, browser:FILE, ssh:FILE)");
  EXPECT_EQ(message_of("guest /g\nssh-user -oProxyCommand=x\n"),
            "ready.spec:5: '-oProxyCommand=x' is not a user (up to 32 letters, digits and any of "
            "'._-')");
  EXPECT_EQ(message_of("guest /g\nssh-port 0\n"), "ready.spec:5: '0' is not a port (1 to 65535)");
  EXPECT_EQ(message_of("guest /g\nrecord sound\n"),
            "ready.spec:5: 'sound' is not what can be recorded (screen)");
  EXPECT_EQ(message_of("guest /g\nstep copy:/a=b\n"),
            "ready.spec:5: '/a=b' is not FILE=PATH with an absolute path in the guest");
  EXPECT_EQ(message_of("guest /g\nstep console:\n"),
            "ready.spec:5: 'console:' is not a step, since it names no file");
  EXPECT_EQ(message_of("guest /g\nready console:a(\n"),
            "ready.spec:5: 'a(' is no regular expression: Unmatched ( or \\(");
  EXPECT_EQ(
      message_of("guest /g\nready login: $\n"),
      "ready.spec:5: 'login: $' is not a condition (console:REGEX, tcp:PORT, http:PORT/PATH)");
  EXPECT_EQ(message_of("name ../up\n"),
            "ready.spec:4: '../up' is not a name (up to 200 bytes, no '/' and no control character "
            "in it, no '.' at its start)");
  EXPECT_NE(message_of("name a\033[2J\n").find("ready.spec:4: 'a\\x1b[2J' is not a name"),
            std::string::npos);
  EXPECT_EQ(message_of("guest /g\nparent /p\n"),
            "ready.spec: a checkpoint is of a guest or goes on from a parent, one of both");
  EXPECT_EQ(message_of(""),
            "ready.spec: a checkpoint is of a guest or goes on from a parent, one of both");
  EXPECT_EQ(message_of("guset /g\n"), "ready.spec:4: unknown key 'guset'");
}

class CheckpointKey : public testing::Test {
 protected:
  CheckpointKey() {
    EXPECT_TRUE(base::write_file(script_, "send a\n"));
    spec_.name = "ready";
    spec_.steps = {{Step::Kind::kConsole, script_, {}}};
    guest_.kernel = "/inputs/k";
  }

  std::string key(const std::string& parent = {}) {
    return *checkpoint_key(spec_, guest_, platform_, parent);
  }

  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path script_ = directory_.path() / "script";
  CheckpointSpec spec_;
  Guest guest_;
  Platform platform_{"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu", "7.2", ""};
};

TEST_F(CheckpointKey, ChangesWithAllThatDecides) {
  std::vector<std::string> keys{key()};
  const auto note = [&] { keys.push_back(key()); };
  guest_.memory *= 2;
  note();
  guest_.cpus = 2;
  note();
  guest_.kernel = "/inputs/other";
  note();
  guest_.command_line = "quiet";
  note();
  guest_.ports = {{80, 0}};
  note();
  guest_.disks = {{"/inputs/d", "raw"}};
  note();
  guest_.disks = {{"/inputs/d", "qcow2"}};
  note();
  guest_.disks.push_back({"/inputs/e", "raw"});
  note();
  std::swap(guest_.disks[0], guest_.disks[1]);
  note();
  guest_.cdroms = {"/inputs/c"};
  note();
  guest_.vga = true;
  note();
  guest_.shares = {{"data", "/data", false}};
  note();
  guest_.shares.front().writable = true;
  note();
  guest_.shares.front().directory = "/else";
  note();
  guest_.tpm = true;
  note();
  guest_.devices = {"/inputs/ssd"};
  note();
  guest_.devices.emplace_back("/inputs/ssd");
  note();
  guest_.simulator = "2";
  note();
  guest_.firmware = FirmwareKind::kUefi;
  note();
  guest_.firmware_code = "/inputs/f";
  note();
  guest_.firmware_variables = "/inputs/f";
  note();
  guest_.firmware = FirmwareKind::kUefiSecure;
  note();
  platform_.accelerator = "kvm";
  note();
  platform_.qemu_version = "7.3";
  note();
  spec_.ready.push_back(*parse_condition("console:up"));
  note();
  spec_.ready.push_back(*parse_condition("console:up"));
  note();
  ASSERT_TRUE(base::write_file(script_, "send b\n"));
  note();
  spec_.steps.push_back(spec_.steps.front());
  note();
  spec_.steps.front().kind = Step::Kind::kSsh;
  note();
  spec_.ssh.user = "admin";
  note();
  spec_.ssh.port = 2222;
  note();
  keys.push_back(key(std::string(64, 'a')));
  keys.push_back(key(std::string(64, 'b')));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(keys[i], keys[j]) << i << " " << j;
    }
  }
}

TEST_F(CheckpointKey, DoesNotChangeWithWhatDoesNot) {
  const auto before = key();
  spec_.name = "other";
  spec_.timeout = std::chrono::seconds(7);
  spec_.ssh.user = "nobody";  // no step logs in
  spec_.ssh.key = "/elsewhere/key";
  spec_.store = "/elsewhere";
  platform_.qemu = "/opt/qemu";
  guest_.kernel = "/elsewhere/inputs/k";
  guest_.ports = {};
  EXPECT_EQ(key(), before);
}

TEST_F(CheckpointKey, HasAllThatIsInADirectory) {
  const auto tree = directory_.path() / "tree";
  std::filesystem::create_directory(tree);
  spec_.steps = {{Step::Kind::kCopy, tree, "/etc/x"}};
  const auto empty = key();
  ASSERT_TRUE(base::write_file(tree / "file", "a"));
  const auto one = key();
  EXPECT_NE(one, empty);
  spec_.steps.front().destination = "/etc/y";
  EXPECT_NE(key(), one);
  spec_.steps.front().kind = Step::Kind::kAgent;
  const auto wrong = checkpoint_key(spec_, guest_, platform_, {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().what, "a step agent: takes a file, and this is a directory");
}

TEST_F(CheckpointKey, AStepThatIsNotThereIsAnError) {
  spec_.steps.front().file = directory_.path() / "absent";
  EXPECT_FALSE(checkpoint_key(spec_, guest_, platform_, {}));
}

}  // namespace
}  // namespace gantry::vm
