#include "content/manifest.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gantry::content {
namespace {

Identity status_identity() {
  struct stat status {};
  status.st_ino = 7;
  return Identity::of_status(status);
}

Tree every_kind() {
  Tree tree = {
      {.path = "", .type = EntryType::kOpaqueWhiteout},
      {.path = "dir", .type = EntryType::kDirectory, .mode = 01777, .uid = 1, .gid = 2},
      {.path = "dir", .type = EntryType::kOpaqueWhiteout},
      {.path = "dir/at root",
       .mode = 04755,
       .mtime = -1,
       .size = 7,
       .xattrs = {{"security.capability", std::string("\0\xff\t\n", 4)}, {"user.a=b\t", ""}},
       .source = "/root/dir/at root",
       .identity = sha256("at root")},
      {.path = "dir/elsewhere", .size = 1, .source = "/root/other", .source_offset = 512},
      {.path = "dir/far", .source = "/root/../etc/x\ty", .identity = status_identity()},
      {.path = "dir/null",
       .type = EntryType::kCharDevice,
       .device_major = 1,
       .device_minor = 4294967295},
      {.path = "dir/odd \\ \t\n\x7f \xff\xc3\xbc", .source = "relative"},
      {.path = "disk", .type = EntryType::kBlockDevice},
      {.path = "hard", .type = EntryType::kHardLink, .link_target = "dir/far"},
      {.path = "pipe", .type = EntryType::kFifo},
      {.path = "soft", .type = EntryType::kSymlink, .mode = 0777, .link_target = "../\ta b"},
      {.path = "soft2", .type = EntryType::kSymlink, .link_target = ""},
      {.path = "x", .type = EntryType::kWhiteout},
      {.path = "x"},
  };
  return tree;
}

TEST(Manifest, RoundTripIsExactForEveryKindOfEntry) {
  const Tree tree = every_kind();
  ASSERT_TRUE(std::is_sorted(tree.begin(), tree.end(), entry_less));
  for (const char* const root : {"/root", "/root/", "/", "", "/elsewhere"}) {
    const auto text = write_manifest(tree, root);
    const auto parsed = parse_manifest(text, root, "m");
    ASSERT_TRUE(parsed) << parsed.error().where << ": " << parsed.error().what;
    EXPECT_EQ(*parsed, tree) << root;
    EXPECT_EQ(write_manifest(*parsed, root), text);
  }
}

TEST(Manifest, LinesAreAsDocumented) {
  const auto text = write_manifest(every_kind(), "/root");
  EXPECT_NE(text.find("\nf\t4755\t0\t0\t-1\t7\t" + sha256("at root").text() +
                      "\t-\t.\tdir/at root\t"
                      "@security.capability=00ff090a\t@user.a\\x3db\\x09=\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nf\t644\t0\t0\t0\t1\t-\t-\t./other\tdir/elsewhere\t+512\n"),
            std::string::npos);
  EXPECT_NE(text.find("\nl\t777\t0\t0\t0\t0\t-\t-\t-\tsoft\t>../\\x09a b\n"), std::string::npos);
}

TEST(Manifest, SourcesMoveWithTheirRoot) {
  const Tree tree = {{.path = "a", .source = "/one/a"}};
  const auto moved = parse_manifest(write_manifest(tree, "/one"), "/two", "m");
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->front().source, "/two/a");
}

TEST(Manifest, HostileTextIsAnErrorThatNamesTheLine) {
  const std::string head = "gantry-manifest 1\nd\t755\t0\t0\t0\t0\t-\t-\t-\tm\n";
  const struct {
    std::string text;
    std::string where;
    std::string what;
  } cases[] = {
      {"", "m:1", "the manifest is empty"},
      {"gantry-manifest 2\n", "m:1",
       "this is no manifest: its first line is not 'gantry-manifest 1'"},
      {"gantry-manifest 1", "m:1", "the last line is not complete"},
      {head + "f\t644", "m:3", "the last line is not complete"},
      {head + "\n", "m:3", "'' is no type of entry"},
      {head + "z\t1\n", "m:3", "'z' is no type of entry"},
      {head + "f\t644\n", "m:3", "the line ends too early"},
      {head + "f\t10000\t0\t0\t0\t0\t-\t-\t-\tn\n", "m:3", "'10000' is no mode"},
      {head + "f\t644\t-1\t0\t0\t0\t-\t-\t-\tn\n", "m:3", "'-1' is no uid"},
      {head + "f\t644\t0\t0\t0\t99999999999999999999\t-\t-\t-\tn\n", "m:3",
       "'99999999999999999999' is no size"},
      {head + "d\t644\t0\t0\t0\t1\t-\t-\t-\tn\n", "m:3", "only a file has a size"},
      {head + "f\t644\t0\t0\t0\t0\tstat:7\t-\t-\tn\n", "m:3", "'stat:7' is no identity"},
      {head + "f\t644\t0\t0\t0\t0\t-\t1:2\t-\tn\n", "m:3", "only a device has a device number"},
      {head + "c\t644\t0\t0\t0\t0\t-\t-\t-\tn\n", "m:3", "a device has no device number"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\tn\tn\n", "m:3", "'n' is no source"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t./../n\tn\n", "m:3", "the source leaves its root"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\t../n\n", "m:3", "'../n' is no path of an entry"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\t/n\n", "m:3", "'/n' is no path of an entry"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\\x0\n", "m:3", "a backslash does not begin \\xNN"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\\n\n", "m:3", "a backslash does not begin \\xNN"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t=a\\x00b\tn\n", "m:3", "a name holds a zero byte"},
      {head + "l\t777\t0\t0\t0\t0\t-\t-\t-\tn\n", "m:3", "a link has no target"},
      {head + "h\t777\t0\t0\t0\t0\t-\t-\t-\tn\t>/n\n", "m:3", "a hard link leads to '/n'"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\t>x\n", "m:3", "unknown field '>x'"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\t@user.a\n", "m:3",
       "an extended attribute has no value"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\t@user.a=0\n", "m:3",
       "the value of an extended attribute is not hexadecimal"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tn\t@b=\t@a=\n", "m:3",
       "extended attributes are not sorted"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\ta\n", "m:3", "'a' does not come after 'm'"},
      {head + "f\t644\t0\t0\t0\t0\t-\t-\t-\tm\n", "m:3", "'m' does not come after 'm'"},
  };
  for (const auto& [text, where, what] : cases) {
    const auto result = parse_manifest(text, "/root", "m");
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().where, where) << text;
    EXPECT_EQ(result.error().what, what) << text;
  }
}

}  // namespace
}  // namespace gantry::content
