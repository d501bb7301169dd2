#include "oci/user_cache.hpp"

#include <array>
#include <cstdlib>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;

std::ptrdiff_t files_in(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), {});
}

Digest key_of(int number) {
  return content::sha256(fmt::format("key {}", number));
}

/// A layer of 1,000 bytes that its number decides, put into a store with a tree.
LayerRecord make_layer(const BlobStore& store, int number) {
  const auto blob = store.put(fmt::format("{:01000}", number), media_type::kLayer);
  EXPECT_TRUE(blob) << blob.error().what;
  const LayerRecord record{*blob, content::sha256(fmt::format("tar {}", number))};
  content::Tree tree(1);
  tree[0].path = fmt::format("file{}", number);
  EXPECT_TRUE(store.record_layer(key_of(number), record));
  EXPECT_TRUE(store.record_tree(blob->digest, tree));
  return record;
}

class Cache : public testing::Test {
 protected:
  BlobStore store(const char* name) const {
    auto store = BlobStore::open(directory_.path() / name);
    EXPECT_TRUE(store) << store.error().what;
    return *std::move(store);
  }
  UserCache cache(std::uint64_t limit = 1000000) const {
    auto cache = UserCache::open(root_, limit);
    EXPECT_TRUE(cache) << cache.error().what;
    return *std::move(cache);
  }
  std::ptrdiff_t blob_count() const { return files_in(root_ / "blobs" / "sha256"); }
  std::ptrdiff_t record_count() const { return files_in(root_ / "layers"); }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path root_ = directory_.path() / "home" / "cache";
};

TEST_F(Cache, ALayerTravelsWithItsTree) {
  const auto first = store("first");
  const auto second = store("second");
  const auto record = make_layer(first, 1);
  EXPECT_FALSE(cache().fetch(key_of(1), second)->has_value());
  ASSERT_TRUE(cache().put(key_of(1), record, first));
  const auto fetched = cache().fetch(key_of(1), second);
  ASSERT_TRUE(fetched) << fetched.error().what;
  EXPECT_EQ(**fetched, record);
  EXPECT_EQ(**second.find_layer(key_of(1)), record);
  EXPECT_EQ((**second.find_tree(record.descriptor.digest))[0].path, "file1");
  EXPECT_TRUE(second.blobs().verify(record.descriptor));
}

TEST_F(Cache, ATreeTravelsWithoutItsBlob) {
  const auto first = store("first");
  const auto second = store("second");
  const auto record = make_layer(first, 1);
  const auto blob = record.descriptor.digest;
  EXPECT_FALSE(*cache().fetch_tree(blob, second));
  ASSERT_TRUE(cache().put(key_of(1), record, first));
  ASSERT_EQ(unlink(cache().store().tree_path(blob).c_str()), 0);
  ASSERT_TRUE(cache().put_tree(blob, first));
  EXPECT_TRUE(*cache().fetch_tree(blob, second));
  EXPECT_EQ(**second.find_tree(blob), **first.find_tree(blob));
  EXPECT_FALSE(second.blobs().contains(record.descriptor));
}

TEST_F(Cache, IsPrivateAndMarkedAsACache) {
  cache();
  struct stat status {};
  ASSERT_EQ(stat(root_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_TRUE(base::read_file(root_ / "CACHEDIR.TAG")
                  ->starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
}

TEST_F(Cache, ADamagedBlobIsAMissAndGoes) {
  const auto first = store("first");
  const auto second = store("second");
  const auto record = make_layer(first, 1);
  ASSERT_TRUE(cache().put(key_of(1), record, first));
  const auto path = cache().store().blobs().path_of(record.descriptor.digest);
  ASSERT_TRUE(base::remove_tree(path));
  ASSERT_TRUE(base::write_file(path, std::string(1000, 'x')));
  const auto fetched = cache().fetch(key_of(1), second);
  ASSERT_TRUE(fetched) << fetched.error().what;
  EXPECT_FALSE(fetched->has_value());
  EXPECT_FALSE(second.blobs().contains(record.descriptor));
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(cache().put(key_of(1), record, first));
  EXPECT_TRUE(cache().fetch(key_of(1), second)->has_value());
}

TEST_F(Cache, WhatWasUsedLongestAgoGoesFirst) {
  const auto first = store("first");
  const auto small = cache(10000);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(small.put(key_of(i), make_layer(first, i), first));
  }
  const auto second = store("second");
  ASSERT_TRUE(small.fetch(key_of(0), second)->has_value());
  for (int i = 8; i < 12; ++i) {
    ASSERT_TRUE(small.put(key_of(i), make_layer(first, i), first));
  }
  EXPECT_LE(blob_count(), 10);
  EXPECT_EQ(blob_count(), record_count());
  EXPECT_EQ(blob_count(), files_in(root_ / "trees"));
  EXPECT_TRUE(small.store().find_layer(key_of(0))->has_value());
  EXPECT_FALSE(small.store().find_layer(key_of(1))->has_value());
  EXPECT_TRUE(small.store().find_layer(key_of(11))->has_value());
}

TEST_F(Cache, ABlobStaysAsLongAsARecordNamesIt) {
  const auto first = store("first");
  const auto small = cache(3000);
  const auto record = make_layer(first, 0);
  ASSERT_TRUE(small.put(key_of(0), record, first));
  ASSERT_TRUE(small.put(key_of(1), make_layer(first, 1), first));
  ASSERT_TRUE(small.put(key_of(100), record, first)) << "another key, the same blob";
  for (int i = 2; i < 4; ++i) {
    ASSERT_TRUE(small.put(key_of(i), make_layer(first, i), first));
    ASSERT_TRUE(small.put(key_of(100), record, first));
  }
  EXPECT_TRUE(small.store().find_layer(key_of(100))->has_value());
}

TEST_F(Cache, WhatAKilledProcessLeftIsRemoved) {
  const auto first = store("first");
  const auto small = cache(2500);
  ASSERT_TRUE(small.store().put("no record names this", "text/plain"));
  ASSERT_TRUE(base::write_file(root_ / "layers" / "nonsense", "x"));
  ASSERT_TRUE(small.put(key_of(0), make_layer(first, 0), first));
  EXPECT_EQ(blob_count(), 1) << "the first put counts all, because nobody has yet";
  EXPECT_EQ(record_count(), 1);
}

TEST_F(Cache, ALayerThatCannotFitIsNotKept) {
  const auto first = store("first");
  ASSERT_TRUE(cache(999).put(key_of(0), make_layer(first, 0), first));
  EXPECT_EQ(blob_count(), 0);
}

TEST_F(Cache, ADamagedCountIsMadeGood) {
  const auto first = store("first");
  ASSERT_TRUE(cache().put(key_of(0), make_layer(first, 0), first));
  ASSERT_TRUE(cache().put(key_of(1), make_layer(first, 1), first));
  ASSERT_TRUE(base::write_file(root_ / "usage", "gibberish"));
  ASSERT_TRUE(cache().put(key_of(2), make_layer(first, 2), first));
  const auto usage = base::parse_unsigned(base::trim(*base::read_file(root_ / "usage")));
  ASSERT_TRUE(usage);
  EXPECT_GE(*usage, 3000);
  EXPECT_LT(*usage, 4000);
}

/// Processes that put, fetch and (by a small limit) evict all the time: whatever is fetched must be
/// whole, and nothing may fail.
TEST_F(Cache, ManyProcessesAtOnce) {
  constexpr int kLayers = 30;
  std::array<pid_t, 3> children{};
  cache(8000);
  const auto shared = store("shared");
  for (std::size_t number = 0; number < children.size(); ++number) {
    children[number] = fork();
    ASSERT_GE(children[number], 0);
    if (children[number] != 0) {
      continue;
    }
    std::minstd_rand random(static_cast<unsigned>(number) + 1);
    const auto mine = store("shared");  // one build tree for all
    int fetched = 0;
    for (int round = 0; round < 60; ++round) {
      const int layer = static_cast<int>(random() % kLayers);
      const auto tree = BlobStore::open(directory_.path() / fmt::format("t{}-{}", number, round));
      const auto small = UserCache::open(root_, 8000);
      if (!tree || !small) {
        _exit(1);
      }
      const auto found = small->fetch(key_of(layer), *tree);
      if (!found) {
        _exit(2);
      }
      if (*found) {
        ++fetched;
        if (!tree->blobs().verify((*found)->descriptor)) {
          _exit(3);
        }
      } else if (!small->put(key_of(layer), make_layer(mine, layer), mine)) {
        _exit(4);
      }
      if (!base::remove_tree(tree->blobs().root())) {
        _exit(5);
      }
    }
    _exit(fetched > 0 ? 0 : 6);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_LE(blob_count(), 8);
  EXPECT_TRUE(fs::is_empty(root_ / "tmp"));
}

/// Sets a variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const old = std::getenv(name)) {
      old_ = old;
    }
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) {
    if (value == nullptr) {
      unsetenv(name_);
    } else {
      setenv(name_, value, 1);
    }
  }
  const char* name_;
  std::optional<std::string> old_;
};

TEST_F(Cache, TheEnvironmentSaysWhere) {
  const Variable home("HOME", directory_.path().c_str());
  const Variable xdg("XDG_CACHE_HOME", nullptr);
  const Variable size("GANTRY_CACHE_SIZE", nullptr);
  {
    const Variable directory("GANTRY_CACHE_DIR", "");
    EXPECT_FALSE(UserCache::from_environment()->has_value());
  }
  {
    const Variable directory("GANTRY_CACHE_DIR", root_.c_str());
    EXPECT_EQ((*UserCache::from_environment())->store().blobs().root(), root_);
  }
  {
    const Variable directory("GANTRY_CACHE_DIR", "relative");
    const auto cache = UserCache::from_environment();
    ASSERT_FALSE(cache);
    EXPECT_EQ(cache.error().where, "GANTRY_CACHE_DIR");
    EXPECT_EQ(cache.error().what, "'relative' is not an absolute path");
  }
  const Variable directory("GANTRY_CACHE_DIR", nullptr);
  EXPECT_EQ((*UserCache::from_environment())->store().blobs().root(),
            directory_.path() / ".cache" / "gantry");
  const auto xdg_path = directory_.path() / "xdg";
  const Variable set_xdg("XDG_CACHE_HOME", xdg_path.c_str());
  EXPECT_EQ((*UserCache::from_environment())->store().blobs().root(), xdg_path / "gantry");
  const Variable bad_size("GANTRY_CACHE_SIZE", "lots");
  const auto cache = UserCache::from_environment();
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().what, "'lots' is not a size");
}

TEST_F(Cache, AnUnusablePlaceIsAnError) {
  ASSERT_TRUE(base::write_file(directory_.path() / "file", ""));
  const auto cache = UserCache::open(directory_.path() / "file" / "cache", 1000);
  ASSERT_FALSE(cache);
  EXPECT_THAT(cache.error().what, EndsWith("Not a directory"));
}

}  // namespace
}  // namespace gantry::oci
