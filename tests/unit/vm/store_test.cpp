#include "vm/store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "vm/known_file.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kFiles{"ram", "devices", "disk.qcow2", "disk1.qcow2"};

class StoreTest : public testing::Test {
 protected:
  /// A checkpoint of files that no machine has written.
  Checkpoint save(char letter, const std::string& parent = {}, const std::string& text = {}) {
    Checkpoint checkpoint;
    checkpoint.key = std::string(64, letter);
    checkpoint.name = "example";
    checkpoint.parent = parent;
    if (const auto below = store_.find(parent); !parent.empty() && below && *below) {
      checkpoint.parent_build = build_of(**below);
    }
    checkpoint.guest.name = "guest";
    checkpoint.guest.disks = {{store_.root() / "inputs" / "base", "raw"},
                              {store_.root() / "inputs" / "other", "qcow2"}};
    checkpoint.hardware.disks = {"disk0", "disk1"};
    auto work = *store_.work();
    for (const auto& name : kFiles) {
      EXPECT_TRUE(base::write_file(work.path() / name, std::string(100'000, letter) + name + text));
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
  for (const auto& name : kFiles) {
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
  ASSERT_EQ(state->disks.size(), 2U);
  for (std::size_t number = 0; number < 2; ++number) {
    const auto& chain = state->disks[number];
    ASSERT_EQ(chain.size(), 3U);
    EXPECT_EQ(chain[0].path, store_.directory_of(second.key) / kFiles[2 + number]);
    EXPECT_EQ(chain[1].path, store_.directory_of(first.key) / kFiles[2 + number]);
    EXPECT_EQ(chain[2].path, store_.root() / "inputs" / (number == 0 ? "base" : "other"));
    EXPECT_EQ(chain[2].format, number == 0 ? "raw" : "qcow2");
  }
  fs::remove_all(store_.directory_of(first.key));
  EXPECT_EQ(store_.state_of(second).error().what,
            "the checkpoint example went on from " + first.key + ", which is not there");
}

TEST_F(StoreTest, AnotherBuildOfWhatItWentOnFromIsRefused) {
  const auto first = save('a');
  const auto second = save('b', first.key);
  const auto third = save('c', second.key);
  fs::remove_all(store_.directory_of(first.key));
  save('a', {}, "other");
  const auto state = store_.state_of(third);
  ASSERT_FALSE(state);
  EXPECT_EQ(
      state.error().what,
      "the checkpoint example went on from another build of example than the one that is there");
  EXPECT_EQ(state.error().where, store_.directory_of(second.key).native());
  EXPECT_FALSE(store_.verify(third.key));
  EXPECT_TRUE(store_.verify(first.key));
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

TEST_F(StoreTest, ADamagedInputIsFoundAndCopiedAgain) {
  const auto path = directory_.path() / "vmlinuz";
  ASSERT_TRUE(base::write_file(path, std::string(200'000, 'x')));
  const auto input = *store_.bring_input(path);
  overwrite(input, 70'000);
  const auto found = store_.bring_input(path);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "what guests boot from is not as it was copied into the store");
  EXPECT_EQ(found.error().where, input.native());
  // Another name of the same content mends it.
  const auto copy = directory_.path() / "copy";
  ASSERT_TRUE(base::write_file(copy, std::string(200'000, 'x')));
  EXPECT_EQ(*store_.bring_input(copy), input);
  EXPECT_EQ(*store_.bring_input(path), input);
}

TEST_F(StoreTest, VerifyReadsWhatHasNotBeenWrittenTo) {
  const auto first = save('a');
  const auto second = save('b', first.key);
  EXPECT_TRUE(store_.verify(second.key)) << store_.verify(second.key).error().what;
  EXPECT_EQ(store_.keys(), (std::vector<std::string>{first.key, second.key}));
  // As after a disk that lies: the file is another one, and its note says that it is not.
  const auto path = store_.directory_of(first.key) / kMemoryFile;
  overwrite(path, 50'000);
  const auto note = store_.directory_of(first.key) / "verified";
  auto text = *base::read_file(note);
  const auto begin = text.find(' ', text.find(' ') + 1) + 1;
  text.replace(begin, text.find('\n') - begin, *identity_of(path));
  ASSERT_TRUE(base::write_file(note, text));
  EXPECT_TRUE(store_.find(second.key));
  const auto verified = store_.verify(second.key);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().where, path.native());
}

TEST_F(StoreTest, AStoreThatIsNotThereIsNotMade) {
  const auto absent = directory_.path() / "absent";
  EXPECT_EQ(Store::open_existing(absent).error().what, "this is no store of checkpoints");
  EXPECT_FALSE(fs::exists(absent));
}

}  // namespace
}  // namespace gantry::vm
