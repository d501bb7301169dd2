#include "runtime/image_files.hpp"

#include <gtest/gtest.h>

#include "made_image.hpp"

namespace gantry::runtime {
namespace {

using oci::testing::TarBuilder;

class ImageFilesOf : public testing::Test {
 protected:
  ImageFilesOf()
      : made_({}, {TarBuilder()
                       .directory("usr")
                       .directory("usr/bin")
                       .file("usr/bin/app", "program", 0755)
                       .symlink("bin", "usr/bin")
                       .file("etc/passwd", "old"),
                   TarBuilder()
                       .file("etc/passwd", "new")
                       .hard_link("etc/second", "etc/passwd")
                       .symlink("etc/up", "../../../../etc/passwd")
                       .symlink("usr/absolute", "/usr/bin/app")
                       .symlink("a", "b")
                       .symlink("b", "a")
                       .symlink("dangling", "usr/bin/gone")}),
        files_(ImageFiles::read(made_.image)) {}

  std::string find(std::string_view path) const {
    const auto found = files_->find(path);
    return std::string(found.entry != nullptr ? std::string_view(found.entry->entry.path)
                                              : std::string_view(found.missing));
  }

  MadeImage made_;
  base::Result<ImageFiles> files_;
};

TEST_F(ImageFilesOf, FindsThroughLinksInsideTheImage) {
  ASSERT_TRUE(files_) << files_.error().what;
  EXPECT_EQ(find("/usr/bin/app"), "usr/bin/app");
  EXPECT_EQ(find("bin/app"), "usr/bin/app");
  EXPECT_EQ(find("/bin/../bin//./app"), "usr/bin/app");
  EXPECT_EQ(find("/bin"), "usr/bin");
  EXPECT_EQ(find("/usr/absolute"), "usr/bin/app");
  EXPECT_EQ(find("/etc/up"), "etc/passwd");
}

TEST_F(ImageFilesOf, SaysWhatIsMissing) {
  ASSERT_TRUE(files_) << files_.error().what;
  EXPECT_EQ(find("/usr/bin/ap"), "/usr/bin has no 'ap' (but 'app')");
  EXPECT_EQ(find("/urs/bin/app"), "/ has no 'urs' (but 'usr')");
  EXPECT_EQ(find("/dangling"), "/usr/bin has no 'gone'");
  EXPECT_EQ(find("/etc/passwd/x"), "/etc/passwd is no directory");
  EXPECT_EQ(find("/a"), "the symbolic links at /a go round in a circle");
  EXPECT_EQ(find("/.."), "it is the root itself");
}

TEST_F(ImageFilesOf, ReadsTheUppermostText) {
  ASSERT_TRUE(files_) << files_.error().what;
  EXPECT_EQ(*files_->text("etc/passwd"), "new");
  EXPECT_EQ(*files_->text("etc/second"), "new");
  EXPECT_EQ(*files_->text("etc/group"), "");
  EXPECT_EQ(*files_->text("usr"), "");
}

}  // namespace
}  // namespace gantry::runtime
