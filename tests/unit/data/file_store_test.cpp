#include "data/file_store.hpp"

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gantry::data {
namespace {

constexpr std::uint64_t kMebibyte = 1 << 20;

class FileStoreTest : public testing::Test {
 protected:
  /// An empty file system of its own on the directory; false: that is not allowed here.
  bool mount_over(const char* type, const char* options) {
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
      return false;
    }
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    is_mounted_ = mount("none", directory_.path().c_str(), type, 0, options) == 0;
    return is_mounted_;
  }
  void TearDown() override {
    if (is_mounted_) {
      umount2(directory_.path().c_str(), MNT_DETACH);
    }
  }

  std::filesystem::path path() const { return directory_.path() / "data"; }

  std::uint64_t allocated() const {
    struct stat status {};
    EXPECT_EQ(stat(path().c_str(), &status), 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
  }

  base::TempDir directory_ = *base::TempDir::create();
  bool is_mounted_ = false;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kMebibyte, std::byte{0x5a});
};

std::string error_of(const base::Result<std::unique_ptr<Store>>& opened) {
  return opened ? "none" : opened.error().what;
}

TEST_F(FileStoreTest, TakesRoomForWhatIsWrittenAlone) {
  auto store = *FileStore::open(path(), 1024 * kMebibyte);
  EXPECT_EQ(allocated(), 0U);
  for (std::uint64_t at = 0; at < 1024; at += 256) {
    ASSERT_TRUE(store->write(at * kMebibyte, bytes_));
  }
  ASSERT_TRUE(store->flush());
  EXPECT_GE(allocated(), 4 * kMebibyte);
  EXPECT_LT(allocated(), 5 * kMebibyte);

  ASSERT_TRUE(store->zero(256 * kMebibyte, 512 * kMebibyte));
  EXPECT_GE(allocated(), 2 * kMebibyte);
  EXPECT_LT(allocated(), 3 * kMebibyte);

  ASSERT_TRUE(store->write(0, std::vector<std::byte>(kMebibyte)));
  EXPECT_LT(allocated(), 2 * kMebibyte) << "pages of zeros are holes, too";
  EXPECT_EQ(std::filesystem::file_size(path()), 1024 * kMebibyte);
}

TEST_F(FileStoreTest, IsThereTheNextTime) {
  {
    auto store = *FileStore::open(path(), kMebibyte);
    ASSERT_TRUE(store->write(1000, std::span(bytes_).first(5000)));
  }
  auto store = *FileStore::open(path(), kMebibyte);
  std::vector<std::byte> read(kMebibyte);
  ASSERT_TRUE(store->read(0, read));
  std::vector<std::byte> expected(kMebibyte);
  std::fill_n(expected.begin() + 1000, 5000, std::byte{0x5a});
  EXPECT_EQ(read, expected);
}

TEST_F(FileStoreTest, RefusesWhatIsNotItsFile) {
  EXPECT_EQ(error_of(FileStore::open("", kMebibyte)), "the data of the device needs a file");
  EXPECT_EQ(error_of(FileStore::open("/dev/null", kMebibyte)), "/dev/null is no regular file");
  EXPECT_EQ(error_of(FileStore::open(directory_.path() / "none" / "data", kMebibyte)),
            "cannot write " + (directory_.path() / "none" / "data").native() +
                ": No such file or directory");
  std::ofstream(path()) << "text";
  const auto opened = FileStore::open(path(), kMebibyte);
  EXPECT_EQ(error_of(opened), path().native() + " has 4 bytes, but the device has 1048576");
  EXPECT_EQ(opened.error().hint, "give the file that belongs to this device, or remove it");
  EXPECT_EQ(std::filesystem::file_size(path()), 4U);
  EXPECT_EQ(error_of(FileStore::open(path(), ~std::uint64_t{0})),
            "no file has 18446744073709551615 bytes");
}

TEST_F(FileStoreTest, BelongsToOneDeviceAtATime) {
  auto store = FileStore::open(path(), kMebibyte);
  const auto second = FileStore::open(path(), kMebibyte);
  EXPECT_EQ(error_of(second), path().native() + " is in use by another device");
  EXPECT_EQ(second.error().hint,
            "wait for the other process, or give each device a file of its own");
  store = base::Error{};
  EXPECT_EQ(error_of(FileStore::open(path(), kMebibyte)), "none");
}

TEST_F(FileStoreTest, SaysWhenAnotherProcessHasCutTheFile) {
  auto store = *FileStore::open(path(), kMebibyte);
  ASSERT_EQ(truncate(path().c_str(), 5000), 0);
  const auto done = store->read(4096, bytes_ = std::vector<std::byte>(8192));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, path().native() + " ends at byte 5000, before the device does");
}

TEST_F(FileStoreTest, SaysWhenTheDiskIsFull) {
  if (!mount_over("tmpfs", "size=2m")) {
    GTEST_SKIP() << "a tmpfs cannot be mounted here";
  }
  auto store = *FileStore::open(path(), 1024 * kMebibyte);
  ASSERT_TRUE(store->write(0, bytes_));
  ASSERT_TRUE(store->write(512 * kMebibyte, bytes_));
  const auto done = store->write(100 * kMebibyte, bytes_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "cannot write " + path().native() + ": No space left on device");
  EXPECT_EQ(done.error().hint,
            "free some space on that file system, or put the data's file on another");
  ASSERT_TRUE(store->zero(0, kMebibyte));
  EXPECT_TRUE(store->write(100 * kMebibyte, bytes_)) << "what was trimmed is free";
}

TEST_F(FileStoreTest, HasRoomForSixteenTebibytes) {
  if (!mount_over("tmpfs", "size=16m")) {
    GTEST_SKIP() << "a tmpfs cannot be mounted here";
  }
  constexpr auto kCapacity = std::uint64_t{16} << 40;
  auto store = *FileStore::open(path(), kCapacity);
  ASSERT_TRUE(store->write(kCapacity - kMebibyte, bytes_));
  EXPECT_EQ(allocated(), kMebibyte);
  std::vector<std::byte> read(kMebibyte);
  ASSERT_TRUE(store->read(kCapacity - kMebibyte, read));
  EXPECT_EQ(read, bytes_);
  ASSERT_TRUE(store->zero(0, kCapacity));
  EXPECT_EQ(allocated(), 0U);
}

TEST_F(FileStoreTest, RefusesAFileSystemWithoutHoles) {
  if (!mount_over("ramfs", nullptr)) {
    GTEST_SKIP() << "a ramfs cannot be mounted here";
  }
  const auto opened = FileStore::open(path(), kMebibyte);
  EXPECT_EQ(error_of(opened),
            "cannot punch holes into " + path().native() + ": Operation not supported");
  EXPECT_EQ(opened.error().hint,
            "its file system cannot hold sparse data; ext4, XFS, Btrfs and tmpfs can");
}

}  // namespace
}  // namespace gantry::data
