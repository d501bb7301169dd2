#include "vm/garbage.hpp"

#include <algorithm>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/process.hpp"
#include "vm/lease.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;

class GarbageTest : public testing::Test {
 protected:
  void SetUp() override {
    // Run directories of the tests alone.
    fs::create_directory(directory_.path() / "run");
    setenv("XDG_RUNTIME_DIR", (directory_.path() / "run").c_str(), 1);
  }

  std::string save(char letter, const std::string& parent = {}, const fs::path& kernel = {}) {
    Checkpoint checkpoint;
    checkpoint.key = std::string(64, letter);
    checkpoint.name = std::string("example-") + letter;
    checkpoint.parent = parent;
    if (const auto below = Store::open(store_.root())->find(parent);
        !parent.empty() && below && *below) {
      checkpoint.parent_build = build_of(**below);
    }
    checkpoint.guest.name = "guest";
    checkpoint.guest.kernel = kernel;
    auto work = *store_.work();
    EXPECT_TRUE(base::write_file(work.path() / kMemoryFile, std::string(1'000'000, letter)));
    const auto committed = store_.commit(checkpoint, std::move(work));
    EXPECT_TRUE(committed) << committed.error().what;
    return checkpoint.key;
  }

  fs::path key_file(const char* name, const std::string& key) {
    const auto path = directory_.path() / name;
    EXPECT_TRUE(base::write_file(path, key + "\n"));
    return path;
  }

  fs::path input(const char* text) {
    const auto path = directory_.path() / "vmlinuz";
    EXPECT_TRUE(base::write_file(path, text));
    // By another Store, which keeps it no longer.
    return *Store::open(store_.root())->bring_input(path);
  }

  void last_used(const std::string& key, int days) {
    timespec times[2];
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= days * 86400;
    times[1] = times[0];
    ASSERT_EQ(utimensat(AT_FDCWD, store_.directory_of(key).c_str(), times, 0), 0);
  }

  std::string left() const {
    std::string letters;
    for (const auto& key : store_.keys()) {
      letters += key[0];
    }
    return letters;
  }

  GarbageReport collect(const GarbageOptions& options = {}) {
    auto report = collect_garbage(*Store::open(store_.root()), options);
    EXPECT_TRUE(report) << report.error().what;
    return *report;
  }

  base::TempDir directory_ = *base::TempDir::create();
  Store store_ = *Store::open(directory_.path() / "store");
};

TEST_F(GarbageTest, WhatAKeyFileNamesStaysAndWhatItStandsOn) {
  save('a');
  const auto second = save('b', std::string(64, 'a'));
  const auto third = save('c', second);
  const auto other = save('d');
  ASSERT_TRUE(store_.add_root(key_file("second.checkpoint", second)));
  const auto report = collect();
  EXPECT_EQ(left(), "ab");
  EXPECT_EQ(report.kept, 2U);
  EXPECT_GE(report.freed, 2'000'000U);
  EXPECT_GE(report.remaining, 2'000'000U);
  EXPECT_EQ(report.removed.size(), 2U);
  EXPECT_TRUE(fs::is_empty(store_.root() / "work"));
}

TEST_F(GarbageTest, AKeyFileThatIsGoneOrNamesAnotherKeepsNothing) {
  const auto file = key_file("first.checkpoint", save('a'));
  const auto changed = key_file("second.checkpoint", save('b'));
  ASSERT_TRUE(store_.add_root(file));
  ASSERT_TRUE(store_.add_root(changed));
  collect();
  EXPECT_EQ(left(), "ab");
  fs::remove(file);
  key_file("second.checkpoint", save('c'));
  collect();
  EXPECT_EQ(left(), "c");
}

TEST_F(GarbageTest, KeepsWhatTheCallerNames) {
  save('a');
  GarbageOptions options;
  options.keep = {key_file("mine.checkpoint", save('b'))};
  collect(options);
  EXPECT_EQ(left(), "b");
  options.keep = {key_file("none.checkpoint", "../etc")};
  const auto report = collect_garbage(store_, options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "it names no checkpoint");
  EXPECT_EQ(left(), "b");
}

TEST_F(GarbageTest, WhatIsInUseStaysWithAllThatItStandsOn) {
  const auto first = save('a');
  const auto second = save('b', first);
  save('c');
  {
    const auto user = *Store::open(store_.root());
    const auto checkpoint = *user.find(second);
    ASSERT_TRUE(checkpoint);
    const auto report = collect();
    EXPECT_EQ(left(), "ab");
    EXPECT_EQ(report.in_use, 1U);
  }
  collect();
  EXPECT_EQ(left(), "");
}

TEST_F(GarbageTest, AMachineKeepsWhatItStandsOn) {
  const auto first = save('a');
  std::optional<SavedState> state;
  {
    const auto user = *Store::open(store_.root());
    state = *user.state_of(**user.find(first));
  }
  collect();
  EXPECT_EQ(left(), "a");
  state.reset();
  collect();
  EXPECT_EQ(left(), "");
}

TEST_F(GarbageTest, WhatIsBeingBuiltStays) {
  const auto key = std::string(64, 'a');
  {
    const auto builder = *Store::open(store_.root());
    ASSERT_TRUE(builder.reserve(key, {}));
    save('a');
    EXPECT_EQ(collect().in_use, 1U);
    EXPECT_EQ(left(), "a");
  }
  collect();
  EXPECT_EQ(left(), "");
  EXPECT_TRUE(fs::is_empty(store_.root() / "locks"));
}

TEST_F(GarbageTest, RemovesOnlyWhatWasNotUsedForLong) {
  last_used(save('a'), 10);
  last_used(save('b'), 3);
  last_used(save('c'), 10);
  last_used(save('d', std::string(64, 'c')), 1);
  GarbageOptions options;
  options.older = std::chrono::hours(24 * 7);
  collect(options);
  EXPECT_EQ(left(), "bcd");
}

TEST_F(GarbageTest, RemovesWhatWasUsedLongestAgoUntilItFits) {
  last_used(save('a'), 1);
  last_used(save('b'), 5);
  last_used(save('c'), 3);
  GarbageOptions options;
  options.size = 2'500'000;
  collect(options);
  EXPECT_EQ(left(), "ac");
}

TEST_F(GarbageTest, InputsGoWithTheLastCheckpointThatNamesThem) {
  const auto used = input("one kernel");
  const auto unused = input("another kernel");
  const auto root = key_file("a.checkpoint", save('a', {}, used));
  ASSERT_TRUE(store_.add_root(root));
  collect();
  EXPECT_TRUE(fs::exists(used));
  EXPECT_FALSE(fs::exists(unused));
  fs::remove(root);
  collect();
  EXPECT_FALSE(fs::exists(used));
  EXPECT_TRUE(fs::is_empty(store_.root() / "known"));
  // And it comes back when it is needed.
  EXPECT_TRUE(fs::exists(input("one kernel")));
}

TEST_F(GarbageTest, AnInputThatABuildHasBroughtStays) {
  ASSERT_TRUE(base::write_file(directory_.path() / "disk", "raw"));
  const auto builder = *Store::open(store_.root());
  const auto brought = *builder.bring_input(directory_.path() / "disk");
  collect();
  EXPECT_TRUE(fs::exists(brought));
}

TEST_F(GarbageTest, LeftoversOfKilledProcessesGo) {
  const auto left_behind = store_.root() / "work" / ".gantry-scratch-abcdef";
  fs::create_directory(left_behind);
  ASSERT_TRUE(base::write_file(left_behind / "ram", std::string(100'000, 'x')));
  const auto mine = *store_.work();
  fs::create_directory(left_behind);
  GarbageOptions options;
  options.dry_run = true;
  const auto report = collect(options);
  ASSERT_EQ(report.removed.size(), 1U);
  EXPECT_EQ(report.removed[0].path, left_behind);
  EXPECT_TRUE(fs::exists(left_behind));
  collect();
  EXPECT_FALSE(fs::exists(left_behind));
  EXPECT_TRUE(fs::exists(mine.path()));
}

TEST_F(GarbageTest, ADryRunRemovesNothing) {
  save('a');
  const auto kernel = input("one kernel");
  GarbageOptions options;
  options.dry_run = true;
  EXPECT_EQ(collect(options).removed.size(), 2U);
  EXPECT_EQ(left(), "a");
  EXPECT_TRUE(fs::exists(kernel));
}

TEST_F(GarbageTest, WhatIsNoCheckpointIsGarbageToo) {
  const auto key = save('a');
  fs::remove(store_.directory_of(key) / "checkpoint.json");
  collect();
  EXPECT_EQ(left(), "");
}

}  // namespace
}  // namespace gantry::vm
