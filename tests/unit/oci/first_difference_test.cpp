#include "oci/first_difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_fixture.hpp"

namespace gantry::oci {
namespace {

using testing::HasSubstr;

class Difference : public ImageTest {
 protected:
  Difference() { add_file("lower", "etc/a", "same"); }

  /// Builds the image with one more layer of the staged files.
  Image variant() {
    const auto layers = spec_.layers;
    add_component("upper");
    auto image = opened(build());
    spec_.layers = layers;
    return image;
  }

  FirstDifference between(const Image& a, const Image& b) {
    const auto difference = first_difference(a, b);
    EXPECT_TRUE(difference) << difference.error().what;
    return difference && *difference ? **difference : FirstDifference{};
  }

  void put(const std::string& file, std::string_view content, unsigned mode = 0644) {
    write(path("stage/upper/tree/" + file), content, mode);
  }
};

TEST_F(Difference, TheSameImageHasNone) {
  put("x", "1");
  const auto image = variant();
  const auto difference = first_difference(image, image);
  ASSERT_TRUE(difference);
  EXPECT_FALSE(*difference);
}

TEST_F(Difference, ContentIsNamedByItsOffset) {
  std::string big(200'000, 'a');
  put("usr/x", big);
  put("usr/y", "1");
  const auto first = variant();
  big[150'000] = 'b';
  put("usr/x", big);
  put("usr/y", "2");
  const auto found = between(first, variant());
  EXPECT_EQ(found.place, "layer 2 (gantry: component upper)");
  EXPECT_EQ(found.path, "usr/x");
  EXPECT_EQ(found.how, "content at offset 150000");
}

TEST_F(Difference, ALongerFileDiffersWhereTheOtherEnds) {
  put("x", "12");
  const auto first = variant();
  put("x", "123");
  EXPECT_EQ(between(first, variant()).how, "content at offset 2 (2 and 3 bytes)");
}

TEST_F(Difference, HeadersAreNamed) {
  put("x", "1");
  const auto first = variant();
  put("x", "1", 0755);
  EXPECT_EQ(between(first, variant()).how, "mode (0644 and 0755)");
  ASSERT_TRUE(base::remove_tree(path("stage/upper/tree/x")));
  std::filesystem::create_symlink("y", path("stage/upper/tree/x"));
  EXPECT_EQ(between(first, variant()).how, "kind of entry");
}

TEST_F(Difference, EntriesOfOneSideAreNamed) {
  put("b", "1");
  const auto without = variant();
  put("a", "1");
  const auto with = variant();
  EXPECT_EQ(between(without, with).path, "a");
  EXPECT_EQ(between(without, with).how, "only in the second");
  EXPECT_EQ(between(with, without).how, "only in the first");
  put("c", "1");
  EXPECT_EQ(between(with, variant()).path, "c");
}

TEST_F(Difference, TimesAreNamed) {
  put("x", "1");
  const auto first = variant();
  const auto layers = spec_.layers;
  add_component("upper");
  BuildOptions options;
  options.epoch = 5;
  const auto later = opened(build(options));
  spec_.layers = layers;
  const auto found = between(first, later);
  EXPECT_EQ(found.place, "layer 1 (gantry: component lower)");
  EXPECT_EQ(found.path, "etc");
  EXPECT_EQ(found.how, "mtime (1970-01-01T00:00:00Z and 1970-01-01T00:00:05Z)");
}

TEST_F(Difference, EncodersCountsAndConfigurationsAreNamed) {
  put("x", "1");
  const auto first = variant();
  spec_.compression = "zstd";
  EXPECT_THAT(between(first, variant()).how, HasSubstr("the same archive, compressed differently"));
  spec_.compression = "gzip";
  EXPECT_EQ(between(first, opened(build())).how, "2 in the first and 1 in the second");
  spec_.user = "me";
  const auto found = between(first, variant());
  EXPECT_EQ(found.place, "the configuration");
  EXPECT_THAT(found.how, HasSubstr("user ('nothing' and 'me')"));
}

}  // namespace
}  // namespace gantry::oci
