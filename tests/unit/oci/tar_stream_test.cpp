#include "oci/tar_stream.hpp"

#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/file.hpp"
#include "oci/tar_header.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using content::Entry;

constexpr std::int64_t kTime = 1700000000;

class TarStreamTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).native(); }

  Entry& add(const std::string& name, const std::string& content) {
    std::ofstream(path(name)) << content;
    Entry entry;
    entry.path = name;
    entry.source = path(name);
    entry.size = content.size();
    tree_.push_back(entry);
    return tree_.back();
  }

  base::TempDir directory_ = *base::TempDir::create();
  content::Tree tree_;
};

/// Bytes that repeat nowhere near.
std::string text(std::size_t size) {
  std::string content;
  for (std::size_t line = 0; content.size() < size; ++line) {
    content += fmt::format("{}\n", line);
  }
  content.resize(size);
  return content;
}

/// All parts of up to size bytes; their contents are read in the reverse order.
base::Result<std::string> archive(const content::Tree& tree, std::size_t size) {
  TarStream stream(tree, kTime);
  std::vector<std::unique_ptr<std::string>> buffers;
  std::vector<TarPart> parts;
  for (;;) {
    buffers.push_back(std::make_unique<std::string>(size, '?'));
    GANTRY_TRY(auto part, stream.next(std::as_writable_bytes(std::span(*buffers.back()))));
    if (part.size == 0) {
      break;
    }
    buffers.back()->resize(part.size);  // never moves what it holds
    parts.push_back(std::move(part));
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    GANTRY_CHECK(read_contents(*part));
  }
  std::string all;
  for (std::size_t at = 0; at < parts.size(); ++at) {
    EXPECT_EQ(at + 1 < parts.size() ? size : buffers[at]->size(), buffers[at]->size());
    all += *buffers[at];
  }
  return all;
}

TEST_F(TarStreamTest, BoundsOfThePartsDoNotMatter) {
  add("a", text(3000));
  add("b", "");
  add("c", text(512));
  add("d", text(1));
  const auto whole = archive(tree_, 1 << 20);
  ASSERT_TRUE(whole) << whole.error().what;
  EXPECT_EQ(whole->size(), 4 * kTarBlock + 3072 + 512 + 512 + 1024);
  EXPECT_EQ(whole->substr(kTarBlock, 3000), text(3000));
  for (const std::size_t size : {1U, 7U, 511U, 512U, 513U, 3000U, 4096U}) {
    const auto parts = archive(tree_, size);
    ASSERT_TRUE(parts) << parts.error().what;
    EXPECT_EQ(*parts, *whole) << size;
  }
}

TEST_F(TarStreamTest, AFileInSeveralPartsIsOneFile) {
  add("a", text(4000));
  TarStream stream(tree_, kTime);
  std::string first(1024, '?');
  std::string second(8192, '?');
  const auto begin = stream.next(std::as_writable_bytes(std::span(first)));
  ASSERT_TRUE(begin);
  std::ofstream(path("new")) << std::string(4000, 'n');
  fs::rename(path("new"), path("a"));
  const auto rest = stream.next(std::as_writable_bytes(std::span(second)));
  ASSERT_TRUE(rest);
  ASSERT_TRUE(read_contents(*rest));
  ASSERT_TRUE(read_contents(*begin));
  EXPECT_EQ(first.substr(kTarBlock) + second.substr(0, 4000 - kTarBlock), text(4000));
}

TEST_F(TarStreamTest, AFileThatChangesBetweenItsPartsIsNamed) {
  add("a", text(4000));
  const auto with_change = [&](std::uintmax_t size) {
    TarStream stream(tree_, kTime);
    std::string first(1024, '?');
    std::string second(8192, '?');
    const auto begin = stream.next(std::as_writable_bytes(std::span(first)));
    EXPECT_TRUE(begin && read_contents(*begin));
    fs::resize_file(path("a"), size);
    const auto rest = stream.next(std::as_writable_bytes(std::span(second)));
    EXPECT_TRUE(rest);
    const auto refused = read_contents(*rest);
    return refused ? "" : refused.error().what;
  };
  EXPECT_EQ(with_change(3999), path("a") + " became shorter while it was read");
  EXPECT_EQ(with_change(4001), path("a") + " became longer while it was read");
  EXPECT_EQ(with_change(4000), "");
}

TEST_F(TarStreamTest, FewFilesAreOpenAtATime) {
  for (int number = 0; number < 2000; ++number) {
    add(fmt::format("{:04}", number), "x");
  }
  TarStream stream(tree_, kTime);
  std::string buffer(4 << 20, '?');
  const auto part = stream.next(std::as_writable_bytes(std::span(buffer)));
  ASSERT_TRUE(part);
  ASSERT_EQ(part->contents.size(), 2000U);
  const auto opened = std::distance(fs::directory_iterator("/proc/self/fd"), {});
  EXPECT_LT(opened, 50);
  EXPECT_TRUE(read_contents(*part));
}

TEST_F(TarStreamTest, AContentThatIsNoFileIsNamed) {
  add("a", "x").source = {};
  const auto refused = archive(tree_, 4096);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "the content of 'a' is nowhere to be had");
}

}  // namespace
}  // namespace gantry::oci
