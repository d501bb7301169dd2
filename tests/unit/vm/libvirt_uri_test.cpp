#include "vm/libvirt_uri.hpp"

#include <string>

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

std::string refusal(std::string_view uri) {
  const auto daemon = libvirt_daemon_at(uri);
  return daemon ? "" : daemon.error().where + ": " + daemon.error().what;
}

TEST(LibvirtDaemonAt, KnowsTheDaemonsOfThisMachine) {
  for (const auto* const uri :
       {"qemu:///system", "qemu+unix:///system", "qemu+unix:///system?socket=/run/other/sock",
        "qemu+unix:///system?mode=legacy"}) {
    const auto daemon = libvirt_daemon_at(uri);
    ASSERT_TRUE(daemon) << uri << ": " << daemon.error().what;
    EXPECT_EQ(*daemon, LibvirtDaemon::kSystem) << uri;
  }
  const auto daemon = libvirt_daemon_at("qemu:///session");
  ASSERT_TRUE(daemon);
  EXPECT_EQ(*daemon, LibvirtDaemon::kSession);
}

TEST(LibvirtDaemonAt, RefusesThoseOfOtherMachines) {
  const std::string elsewhere =
      ": its guests may run on another machine: their memory, which clones map, must be a file of "
      "this one";
  for (const std::string uri : {"qemu+ssh://root@host/system", "qemu://host/system",
                                "qemu+tcp:///system", "qemu+unix://host/system?socket=/s"}) {
    EXPECT_EQ(refusal(uri), uri + elsewhere);
  }
}

TEST(LibvirtDaemonAt, RefusesWhatIsNoDaemonOfQemus) {
  EXPECT_EQ(refusal("mine"), "mine: this is no URI of libvirt");
  EXPECT_EQ(refusal("test:///default"),
            "test:///default: guests are run by libvirt's driver of QEMU, and this is another one");
  EXPECT_EQ(refusal("qemu:///"), "qemu:///: it says neither /system nor /session");
  EXPECT_EQ(refusal("qemu://"), "qemu://: it says neither /system nor /session");
  EXPECT_EQ(refusal("qemu:///embed?root=/tmp/r"),
            "qemu:///embed?root=/tmp/r: the driver in this process is the default, and chooses its "
            "directory itself");
}

}  // namespace
}  // namespace gantry::vm
