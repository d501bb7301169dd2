#include "base/depfile.hpp"

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

namespace fs = std::filesystem;

TEST(Depfile, ListsEachInputOnceAndEscapesSpaces) {
  const std::vector<fs::path> inputs = {"/b", "/a b/c", "/b", "/x/../b"};
  EXPECT_EQ(make_depfile("/out (1)/x", inputs).text, "/out\\ (1)/x: \\\n  /a\\ b/c \\\n  /b\n");
}

TEST(Depfile, UnsafeNamesBecomeTheirDirectoryAndAreReported) {
  const std::vector<fs::path> inputs = {"/d/a$b", "/d/e#f/g"};
  const auto depfile = make_depfile("o", inputs);
  EXPECT_EQ(depfile.text, "o: \\\n  /d\n");
  EXPECT_EQ(depfile.unsafe, inputs);
}

}  // namespace
}  // namespace gantry::base
