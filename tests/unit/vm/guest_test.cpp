#include "vm/guest.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

std::string message_of(const std::string& text) {
  const auto guest = parse_guest(text, "guest.spec");
  return guest ? "accepted" : guest.error().where + ": " + guest.error().what;
}

TEST(GuestSpec, IsReadWhole) {
  const auto guest = parse_guest(
      "gantry-guest 1\nname nas\nmemory 1G\ncpus 2\ndisk /tmp/nas.qcow2\nport 22\nport 8080:80\n",
      "guest.spec");
  ASSERT_TRUE(guest) << guest.error().what;
  EXPECT_EQ(guest->name, "nas");
  EXPECT_EQ(guest->memory, std::uint64_t{1} << 30);
  EXPECT_EQ(guest->cpus, 2U);
  EXPECT_EQ(guest->disk->path, "/tmp/nas.qcow2");
  EXPECT_EQ(guest->disk->format, "qcow2");
  ASSERT_EQ(guest->ports.size(), 2U);
  EXPECT_EQ(guest->ports[0].host, 0);
  EXPECT_EQ(guest->ports[1].host, 8080);
  EXPECT_EQ(guest->ports[1].guest, 80);
}

TEST(GuestSpec, TheNameOfADiskSaysItsFormat) {
  EXPECT_EQ(parse_guest("gantry-guest 1\nname a\ndisk a.raw\n", "g")->disk->format, "raw");
  EXPECT_EQ(parse_guest("gantry-guest 1\nname a\ndisk a.img\n", "g")->disk->format, "raw");
}

TEST(GuestSpec, ErrorsNameTheLine) {
  EXPECT_EQ(message_of("gantry-image 1\n"), "guest.spec:1: 'gantry-image 1' is not gantry-guest 1");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\nmemry 1G\n"), "guest.spec:3: unknown key 'memry'");
  EXPECT_EQ(message_of("gantry-guest 1\nname a b\n"),
            "guest.spec:2: 'a b' is not a name (up to 50 letters, digits and any of '._-')");
  EXPECT_EQ(message_of("gantry-guest 1\nmemory 12\n"),
            "guest.spec:2: '12' is not a size of memory (512M, 1.5G; at least 16M, whole pages of "
            "4 KiB)");
  EXPECT_EQ(message_of("gantry-guest 1\nport 80:0\n"),
            "guest.spec:2: '0' is not a port (1 to 65535)");
  EXPECT_EQ(message_of("gantry-guest 1\nport 70000\n"),
            "guest.spec:2: '70000' is not a port (1 to 65535)");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\n"), "guest.spec: the guest has nothing to boot");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ndisk b\ninitrd c\n"),
            "guest.spec: an initrd and a command line need a kernel");
}

}  // namespace
}  // namespace gantry::vm
