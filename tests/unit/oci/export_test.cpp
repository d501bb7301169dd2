#include "oci/export.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "image_builder.hpp"
#include "oci/layer_tree.hpp"

namespace gantry::oci {

namespace {

using content::EntryType;
using ::testing::ElementsAre;
using testing::ImageBuilder;
using testing::StringSource;
using testing::TarBuilder;

std::string exported(ImageBuilder& image, const std::filesystem::path& to) {
  const auto fd = base::open_file(to, O_WRONLY | O_CREAT | O_TRUNC);
  EXPECT_TRUE(fd);
  const auto done = export_image(image.image(), fd->get(), to);
  if (!done) {
    return done.error().what;
  }
  auto bytes = *base::read_file(to);
  EXPECT_EQ(done->bytes, bytes.size());
  return bytes;
}

std::vector<std::string> lines_of(const std::string& archive) {
  StringSource source(archive);
  const auto entries = read_tar_entries(source, Contents::kHash);
  if (!entries) {
    return {entries.error().what};
  }
  std::vector<std::string> lines;
  for (const auto& entry : *entries) {
    lines.push_back(fmt::format("{} {:o} {} {}", entry.path.view(), entry.mode, entry.mtime,
                                entry.type == EntryType::kFile ? entry.identity.text().substr(7, 8)
                                                               : std::string(entry.link_target)));
  }
  return lines;
}

std::string short_hash(std::string_view text) {
  return content::sha256(text).hex().substr(0, 8);
}

ImageBuilder two_layers() {
  ImageBuilder image;
  image
      .layer(TarBuilder()
                 .directory("d", 0700)
                 .header({.name = "z", .mode = 0644, .size = 3, .mtime = 77})
                 .body("old")
                 .file("d/gone", "")
                 .file("d/stays", std::string(300'000, 's'))
                 .symlink("link", "d/stays"))
      .layer(TarBuilder()
                 .hard_link("a", "z")
                 .file("z", "new")
                 .file("d/.wh.gone", "")
                 .hard_link("y", "d/stays"));
  return image;
}

TEST(Export, FlattensLayersIntoASortedArchive) {
  auto image = two_layers();
  const auto archive = exported(image, image.scratch() / "out.tar");
  EXPECT_THAT(lines_of(archive),
              ElementsAre("a 644 77 " + short_hash("old"), "d 700 0 ",
                          "d/stays 644 0 " + short_hash(std::string(300'000, 's')),
                          "link 777 0 d/stays", "y 644 0 d/stays", "z 644 0 " + short_hash("new")));
  EXPECT_TRUE(exported(image, image.scratch() / "again.tar") == archive);
}

TEST(Export, WritesTheSameToWhatHasNoPlaces) {
  auto image = two_layers();
  const auto archive = exported(image, image.scratch() / "out.tar");
  const auto path = image.scratch() / "appended";
  ASSERT_TRUE(base::write_file(path, "before"));
  {
    const auto fd = base::open_file(path, O_WRONLY | O_APPEND);
    ASSERT_TRUE(fd);
    ASSERT_TRUE(export_image(image.image(), fd->get(), path));
  }
  EXPECT_TRUE(*base::read_file(path) == "before" + archive);
}

TEST(Export, BeginsWhereTheFileStands) {
  auto image = two_layers();
  const auto archive = exported(image, image.scratch() / "out.tar");
  const auto path = image.scratch() / "behind";
  {
    const auto fd = base::open_file(path, O_WRONLY | O_CREAT);
    ASSERT_TRUE(fd);
    constexpr std::string_view kBefore = "before";
    constexpr std::string_view kAfter = "after";
    ASSERT_TRUE(base::write_all(fd->get(), std::as_bytes(std::span(kBefore)), path));
    ASSERT_TRUE(export_image(image.image(), fd->get(), path));
    ASSERT_TRUE(base::write_all(fd->get(), std::as_bytes(std::span(kAfter)), path));
  }
  EXPECT_TRUE(*base::read_file(path) == "before" + archive + "after");
}

TEST(Export, GnuTarReadsIt) {
  ImageBuilder image;
  const auto name = "bin/" + std::string(80, 'n');
  image.layer(TarBuilder().directory("bin").file(name, "content").hard_link("zlias", name));
  const auto path = image.scratch() / "out.tar";
  exported(image, path);
  const auto unpacked = base::run_checked(
      {.arguments = {"tar", "-xvf", path.native()}, .directory = image.scratch()});
  ASSERT_TRUE(unpacked) << unpacked.error().what;
  EXPECT_EQ(unpacked->out, "bin/\n" + name + "\nzlias\n");
  EXPECT_EQ(*base::read_file(image.scratch() / "zlias"), "content");
}

TEST(Export, SaysWhereItCannotWrite) {
  ImageBuilder image;
  image.layer(TarBuilder().file("a", std::string(1'000'000, 'a')));
  const auto full = base::open_file("/dev/full", O_WRONLY);
  if (!full) {
    GTEST_SKIP() << "no /dev/full: " << full.error().what;
  }
  const auto done = export_image(image.image(), full->get(), "archive.tar");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "cannot write archive.tar: No space left on device");
}

}  // namespace

}  // namespace gantry::oci
