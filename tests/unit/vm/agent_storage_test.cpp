#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vm/agent/storage.hpp"

namespace gantry::vm::agent {
namespace {

using testing::ElementsAre;

TEST(ParseMounts, ReadsTheKernelsLines) {
  EXPECT_THAT(parse_mounts("/dev/vda1 / ext4 rw,relatime,errors=remount-ro 0 0\n"
                           "proc /proc proc rw,nosuid 0 0\n"
                           "/dev/sr0 /media/cd iso9660 ro,relatime 0 0\n"),
              ElementsAre(Mount{"/dev/vda1", "/", true}, Mount{"proc", "/proc", true},
                          Mount{"/dev/sr0", "/media/cd", false}));
}

TEST(ParseMounts, ReadsNamesWithBlanks) {
  EXPECT_THAT(parse_mounts("/dev/vda1 /a\\040b\\134c\\011 ext4 noatime,rw 0 0\n"),
              ElementsAre(Mount{"/dev/vda1", "/a b\\c\t", true}));
}

TEST(ParseMounts, TakesWhatIsNoLineAsItIs) {
  EXPECT_THAT(
      parse_mounts("\nword\n/a \\04 x rwx"),
      ElementsAre(Mount{"", "", false}, Mount{"word", "", false}, Mount{"/a", "\\04", false}));
  EXPECT_TRUE(parse_mounts("").empty());
}

}  // namespace
}  // namespace gantry::vm::agent
