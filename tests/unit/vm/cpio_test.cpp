#include "vm/disk/cpio.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/process.hpp"

namespace gantry::vm {

namespace {

TEST(Cpio, IsReadByCpio) {
  const std::vector<CpioEntry> entries{{"bin", S_IFDIR | 0755},
                                       {"bin/init", S_IFREG | 0755, "#!/bin/sh\n"},
                                       {"empty", S_IFREG | 0600}};
  const auto archive = write_cpio(entries);
  const auto listed =
      base::run_checked({.arguments = {"cpio", "-itv", "--quiet", "--numeric-uid-gid"},
                         .environment = {{"TZ", "UTC"}},
                         .input = archive});
  ASSERT_TRUE(listed) << listed.error().what;
  EXPECT_EQ(listed->out,
            "drwxr-xr-x   1 0        0               0 Jan  1  1970 bin\n"
            "-rwxr-xr-x   1 0        0              10 Jan  1  1970 bin/init\n"
            "-rw-------   1 0        0               0 Jan  1  1970 empty\n");
  const auto content = base::run_checked(
      {.arguments = {"cpio", "-i", "--quiet", "--to-stdout", "bin/init"}, .input = archive});
  ASSERT_TRUE(content);
  EXPECT_EQ(content->out, "#!/bin/sh\n");
}

}  // namespace

}  // namespace gantry::vm
