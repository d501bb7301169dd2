#include "vm/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  /// A checkpoint of files that no machine has written.
  Checkpoint save(char letter, const std::string& parent = {}) {
    Checkpoint checkpoint;
    checkpoint.key = std::string(64, letter);
    checkpoint.name = "example";
    checkpoint.parent = parent;
    checkpoint.guest.name = "guest";
    checkpoint.guest.disk = Disk{store_.root() / "inputs" / "base", "raw"};
    auto work = *store_.work();
    for (const char* name : {kMemoryFile, kDevicesFile, kDiskFile}) {
      EXPECT_TRUE(base::write_file(work.path() / name, std::string(100'000, letter) + name));
    }
    const auto committed = store_.commit(checkpoint, std::move(work));
    EXPECT_TRUE(committed) << committed.error().what;
    return checkpoint;
  }

  void overwrite(const fs::path& path, off_t at) {
    usleep(20'000);  // longer than a tick of the kernel's clock
    const base::Fd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(pwrite(fd.get(), "!", 1, at), 1);
  }

  base::TempDir directory_ = *base::TempDir::create();
  Store store_ = *Store::open(directory_.path() / "store");
};

TEST_F(StoreTest, FindsWhatWasCommitted) {
  const auto saved = save('a');
  EXPECT_TRUE(fs::is_empty(store_.root() / "work"));
  const auto found = store_.find(saved.key);
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_TRUE(*found);
  EXPECT_EQ(to_json(**found), to_json(saved));
  EXPECT_FALSE(*store_.find(std::string(64, 'b')));
}

TEST_F(StoreTest, AFlippedByteIsFoundAndNamed) {
  const auto saved = save('a');
  for (const char* name : {kMemoryFile, kDevicesFile, kDiskFile}) {
    const auto path = store_.directory_of(saved.key) / name;
    const auto before = *base::read_file(path);
    overwrite(path, 50'000);
    const auto found = store_.find(saved.key);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().where, path.native());
    EXPECT_NE(found.error().what.find("its digest is sha256:"), std::string::npos);
    ASSERT_TRUE(base::write_file(path, before));
    EXPECT_TRUE(store_.find(saved.key));
  }
}

TEST_F(StoreTest, ATruncatedAndAMissingFileAreFound) {
  const auto saved = save('a');
  const auto path = store_.directory_of(saved.key) / kMemoryFile;
  fs::resize_file(path, 100);
  EXPECT_EQ(store_.find(saved.key).error().what,
            "the checkpoint example is not as it was saved: it has 100 bytes, and had 100003");
  fs::remove(path);
  EXPECT_EQ(store_.find(saved.key).error().what,
            "the checkpoint example is not as it was saved: No such file or directory");
}

TEST_F(StoreTest, AnotherKeyThanItsDirectorySaysIsRefused) {
  const auto saved = save('a');
  fs::rename(store_.directory_of(saved.key), store_.directory_of(std::string(64, 'b')));
  EXPECT_FALSE(store_.find(std::string(64, 'b')));
}

TEST_F(StoreTest, TheDisksOfAllThatItWentOnFromAreItsDisk) {
  const auto first = save('a');
  const auto second = save('b', first.key);
  const auto state = store_.state_of(second);
  ASSERT_TRUE(state) << state.error().what;
  ASSERT_EQ(state->images.size(), 3U);
  EXPECT_EQ(state->images[0].path, store_.directory_of(second.key) / kDiskFile);
  EXPECT_EQ(state->images[1].path, store_.directory_of(first.key) / kDiskFile);
  EXPECT_EQ(state->images[2].path, store_.root() / "inputs" / "base");
  fs::remove_all(store_.directory_of(first.key));
  EXPECT_EQ(store_.state_of(second).error().what,
            "the checkpoint example went on from " + first.key + ", which is not there");
}

TEST_F(StoreTest, TheFirstOfTwoStays) {
  const auto first = save('a');
  const auto before = *base::read_file(store_.directory_of(first.key) / kMemoryFile);
  save('a');
  EXPECT_EQ(*base::read_file(store_.directory_of(first.key) / kMemoryFile), before);
  EXPECT_TRUE(fs::is_empty(store_.root() / "work"));
}

TEST_F(StoreTest, AnInputIsCopiedOnceAndAgainWhenItHasChanged) {
  const auto path = directory_.path() / "disk.raw";
  ASSERT_TRUE(base::write_file(path, std::string(200'000, 'x')));
  const auto first = store_.bring_input(path);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(*base::read_file(*first), std::string(200'000, 'x'));
  EXPECT_EQ(*store_.bring_input(path), *first);
  overwrite(path, 7);
  const auto second = store_.bring_input(path);
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  EXPECT_EQ(*base::read_file(*first), std::string(200'000, 'x'));
  ASSERT_TRUE(base::write_file(path, std::string(200'000, 'x')));
  EXPECT_EQ(*store_.bring_input(path), *first);
  EXPECT_FALSE(store_.bring_input(directory_.path() / "absent"));
}

}  // namespace
}  // namespace gantry::vm
