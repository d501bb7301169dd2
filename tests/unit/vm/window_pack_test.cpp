#include "vm/window_pack.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Bytes in memory, a few at a time.
class Bytes : public oci::ByteSource {
 public:
  explicit Bytes(std::string text) : text_(std::move(text)) {}
  base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto count = std::min(into.size(), text_.size() - at_);
    std::memcpy(into.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  return text;
}

class WindowPackTest : public testing::Test {
 protected:
  fs::path write(const std::string& name, const std::string& content) {
    auto path = directory_.path() / name;
    EXPECT_TRUE(base::write_file(path, content));
    return path;
  }

  /// A file of holes, with some pieces of text.
  fs::path write_sparse(const std::string& name, off_t size,
                        const std::vector<std::pair<off_t, std::string>>& pieces) {
    auto path = directory_.path() / name;
    const base::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    EXPECT_EQ(ftruncate(fd.get(), size), 0);
    for (const auto& [at, text] : pieces) {
      EXPECT_EQ(pwrite(fd.get(), text.data(), text.size(), at), static_cast<ssize_t>(text.size()));
    }
    return path;
  }

  static std::string pack(const std::vector<WindowPages>& windows,
                          const std::vector<fs::path>& files) {
    std::string packed;
    const auto written = write_pack(windows, files, [&](std::span<const std::byte> bytes) {
      packed.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return base::Result<void>();
    });
    EXPECT_TRUE(written) << written.error().what;
    return packed;
  }

  static base::Result<void> unpack(const std::string& packed, std::vector<std::string>& files) {
    Bytes source(packed);
    std::vector<std::uint64_t> sizes;
    for (const auto& file : files) {
      sizes.push_back(file.size());
    }
    return read_pack(
        source, sizes,
        [&](std::uint32_t file, std::uint64_t offset, std::span<const std::byte> bytes) {
          std::memcpy(files.at(file).data() + offset, bytes.data(), bytes.size());
          EXPECT_LE(offset + bytes.size(), files.at(file).size());
          return base::Result<void>();
        },
        "pack");
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(WindowPackTest, FilesOfOddSizesComeBack) {
  for (const std::size_t size : {0UL, 1UL, 4095UL, 4096UL, 4097UL, 65536UL, 65537UL, 200'001UL}) {
    const auto content = noise(size, 1);
    const auto path = write("file", content);
    const auto windows = *changed_pages(path, {}, 0);
    std::vector<std::string> files{std::string(size, '\0')};
    const auto packed = pack(windows, {path});
    ASSERT_TRUE(unpack(packed, files)) << size;
    EXPECT_EQ(files[0], content) << size;
    EXPECT_EQ(packed.empty(), size == 0);
  }
}

TEST_F(WindowPackTest, OnlyPagesThatAreNotZeroAreNamed) {
  const auto path = write_sparse("file", 1 << 30,
                                 {{5000, "a"}, {65536 * 7 + 4096 * 15, "b"}, {(1 << 30) - 1, "c"}});
  EXPECT_EQ(*changed_pages(path, {}, 3),
            (std::vector<WindowPages>{{3, 0, 2}, {3, 7, 1U << 15}, {3, 16383, 1U << 15}}));
  EXPECT_LT(pack(*changed_pages(path, {}, 0), {path}).size(), 400U);
  EXPECT_TRUE(changed_pages(write_sparse("holes", 1 << 30, {}), {}, 0)->empty());
}

TEST_F(WindowPackTest, ADeltaMakesTheOneTheOther) {
  auto before = noise(300'000, 1);
  auto after = before;
  after[5] = '!';
  std::fill(after.begin() + 100'000, after.begin() + 200'000, '\0');
  after[299'999] ^= 1;
  const auto from = write("before", before);
  const auto to = write("after", after);
  const auto windows = *changed_pages(to, from, 0);
  std::vector<std::string> files{before};
  const auto packed = pack(windows, {to});
  ASSERT_TRUE(unpack(packed, files));
  EXPECT_EQ(files[0], after);
  EXPECT_LT(packed.size(), 20'000U);
  EXPECT_TRUE(changed_pages(from, from, 0)->empty());
}

TEST_F(WindowPackTest, ADeltaToAShorterAndToALongerFileIsOne) {
  const auto whole = noise(200'000, 2);
  for (const std::size_t size : {100'000UL, 130'001UL, 199'999UL, 250'000UL}) {
    const auto other = (whole + noise(50'000, 3)).substr(0, size);
    const auto from = write("from", other);
    const auto to = write("to", whole);
    auto start = other;
    start.resize(whole.size());
    std::vector<std::string> files{start};
    ASSERT_TRUE(unpack(pack(*changed_pages(to, from, 0), {to}), files)) << size;
    EXPECT_EQ(files[0], whole) << size;
  }
}

TEST_F(WindowPackTest, SeveralFilesAndFramesAreInOnePack) {
  const auto first = noise(20 << 20, 4);
  const auto second = std::string(5 << 20, 'x');
  const std::vector<fs::path> paths{write("first", first), write("second", second)};
  auto windows = *changed_pages(paths[0], {}, 0);
  const auto more = *changed_pages(paths[1], {}, 1);
  windows.insert(windows.end(), more.begin(), more.end());
  const auto packed = pack(windows, paths);
  std::vector<std::string> files{std::string(first.size(), '\0'), std::string(second.size(), '\0')};
  ASSERT_TRUE(unpack(packed, files));
  EXPECT_EQ(files[0], first);
  EXPECT_EQ(files[1], second);
  EXPECT_EQ(pack(windows, paths), packed) << "the same pages give other bytes";
}

TEST_F(WindowPackTest, EveryByteThatIsFlippedIsFound) {
  const auto path = write("file", noise(20'000, 5) + std::string(50'000, 'z'));
  const auto packed = pack(*changed_pages(path, {}, 0), {path});
  for (std::size_t at = 0; at < packed.size(); at += at < 200 ? 1 : 37) {
    for (const char bit : {'\x01', '\x80'}) {
      auto broken = packed;
      broken[at] = static_cast<char>(broken[at] ^ bit);
      std::vector<std::string> files{std::string(70'000, '\0')};
      EXPECT_FALSE(unpack(broken, files)) << at;
    }
  }
}

TEST_F(WindowPackTest, APackThatEndsTooEarlyIsFound) {
  const auto path = write("file", noise(70'000, 6));
  const auto packed = pack(*changed_pages(path, {}, 0), {path});
  for (std::size_t size = 1; size < packed.size(); size += size < 200 ? 1 : 997) {
    std::vector<std::string> files{std::string(70'000, '\0')};
    const auto read = unpack(packed.substr(0, size), files);
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().what, "this is no pack of a checkpoint: it ends within a frame");
    EXPECT_EQ(read.error().where, "pack");
  }
}

TEST_F(WindowPackTest, WhatIsBeyondItsFileOrThereTwiceIsRefused) {
  const auto path = write("file", noise(70'000, 7));
  const auto windows = *changed_pages(path, {}, 0);
  const auto packed = pack(windows, {path});
  const auto refused = [](const std::string& text, std::vector<std::string> files) {
    const auto read = unpack(text, files);
    return read ? std::string("nothing") : read.error().what;
  };
  EXPECT_THAT(refused(packed, {std::string(60'000, '\0')}),
              HasSubstr("beyond the end of its file"));
  EXPECT_THAT(refused(packed, {}), HasSubstr("of no file"));
  EXPECT_THAT(refused(packed, {std::string(70'001, '\0')}), HasSubstr("not the pages"));
  EXPECT_THAT(refused(packed + packed, {std::string(70'000, '\0')}),
              HasSubstr("not in ascending order"));
  auto swapped = windows;
  std::swap(swapped[0], swapped[1]);
  EXPECT_THAT(refused(pack(swapped, {path}), {std::string(70'000, '\0')}),
              HasSubstr("not in ascending order"));
  auto large = packed;
  large[13] = large[14] = large[15] = '\xff';
  EXPECT_THAT(refused(large, {std::string(70'000, '\0')}), HasSubstr("too large"));
}

TEST_F(WindowPackTest, AFileThatIsNotThereIsNamed) {
  const auto absent = directory_.path() / "absent";
  EXPECT_THAT(changed_pages(absent, {}, 0).error().what, HasSubstr(absent.native()));
  const std::vector<WindowPages> windows{{0, 0, 1}};
  const std::vector<fs::path> files{absent};
  EXPECT_FALSE(write_pack(windows, files, [](auto) { return base::Result<void>(); }));
}

}  // namespace
}  // namespace gantry::vm
