#include <filesystem>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "oci/build.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;

constexpr long kNames = 20'000;

/// A directory of so many empty files, with names as long as real ones.
void make_tree(const fs::path& root, long names) {
  ASSERT_TRUE(base::make_directories(root));
  const base::Fd directory(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (long i = 0; i < names; ++i) {
    const auto name = fmt::format("a-name-of-some-fifty-bytes-as-real-trees-have-{:05}", i);
    const base::Fd file(
        openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    ASSERT_TRUE(file) << name;
  }
}

bool build(const fs::path& tree, const fs::path& store_root) {
  const auto store = BlobStore::open(store_root);
  ImageSpec spec;
  spec.name = "app";
  spec.compression = "none";
  spec.layers.push_back({"", "", tree.native()});
  BuildOptions options;
  options.threads = 1;
  return store && build_image(spec, *store, options);
}

/// The most memory, in bytes, that a process of its own has resident while it builds.
long peak_memory(const fs::path& tree, const fs::path& store) {
  const auto child = fork();
  if (child == 0) {
    _exit(build(tree, store) ? 0 : 1);
  }
  int status = -1;
  struct rusage usage {};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  EXPECT_EQ(status, 0);
  return usage.ru_maxrss * 1024;
}

TEST(Memory, GrowsLittleWithTheNumberOfNames) {
  const auto directory = base::TempDir::create();
  ASSERT_TRUE(directory);
  const auto few = directory->path() / "few";
  const auto many = directory->path() / "many";
  make_tree(few, 10);
  make_tree(many, kNames);
  const auto base = peak_memory(few, directory->path() / "store-few");
  const auto peak = peak_memory(many, directory->path() / "store-many");
  RecordProperty("bytes_per_name", std::to_string((peak - base) / kNames));
  EXPECT_LT((peak - base) / kNames, 600) << base << " and " << peak << " bytes";
}

}  // namespace
}  // namespace gantry::oci
