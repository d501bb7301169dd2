#include "content/loader.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::content {
namespace {

using testing::ElementsAre;

ElfFile amd64() {
  return {.machine = EM_X86_64};
}

TEST(Loader, TokensOfASearchPathAreReplaced) {
  EXPECT_THAT(
      expand_search_path("$ORIGIN/../lib:/opt/${LIB}:${ORIGIN}:/x/$PLATFORM/y", "/a/bin", amd64()),
      ElementsAre("/a/bin/../lib", "/opt/lib/x86_64-linux-gnu", "/a/bin", "/x/x86_64/y"));
}

TEST(Loader, RelativeAndUnknownPartsDoNotCount) {
  EXPECT_THAT(expand_search_path("lib::.:$HOME:/a$", "/bin", amd64()), ElementsAre("/a$"));
  EXPECT_THAT(expand_search_path("/$ORIGINAL:/${ORIGIN", "/bin", amd64()),
              ElementsAre("/$ORIGINAL", "/${ORIGIN"));
}

TEST(Loader, OnlyTheSameMachineAndClassIsLoaded) {
  auto other = amd64();
  EXPECT_TRUE(can_load(amd64(), other));
  other.is_64bit = false;
  EXPECT_FALSE(can_load(amd64(), other));
  EXPECT_FALSE(can_load(amd64(), {.machine = EM_AARCH64}));
  EXPECT_FALSE(can_load(amd64(), {.machine = EM_X86_64, .is_program = true}));
  const ElfFile soft{.machine = EM_ARM, .flags = EF_ARM_ABI_FLOAT_SOFT, .is_64bit = false};
  const ElfFile hard{.machine = EM_ARM, .flags = EF_ARM_ABI_FLOAT_HARD, .is_64bit = false};
  EXPECT_FALSE(can_load(soft, hard));
  EXPECT_EQ(multiarch_triplet(soft), "arm-linux-gnueabi");
  EXPECT_EQ(multiarch_triplet(hard), "arm-linux-gnueabihf");
}

TEST(Loader, CacheAgreesWithLdconfig) {
  const auto bytes = base::read_file("/etc/ld.so.cache");
  const auto told =
      base::run({.arguments = {"/sbin/ldconfig", "-p"}, .environment = {{"LC_ALL", "C"}}});
  if (!bytes || !told || told->exit_code != 0) {
    GTEST_SKIP() << "this machine has no ldconfig with a cache";
  }
  const auto cache = parse_loader_cache(*bytes);
  ASSERT_TRUE(cache) << cache.error().what;
  EXPECT_FALSE(cache->empty());
  for (const auto& [name, path] : *cache) {
    EXPECT_NE(told->out.find("\t" + name + " ("), std::string::npos) << name;
    EXPECT_NE(told->out.find(" => " + path.native() + "\n"), std::string::npos) << path;
  }
  // Its end holds extensions that we do not read.
  for (std::size_t length = 0; length < bytes->size() / 2; length += 97) {
    EXPECT_FALSE(parse_loader_cache(bytes->substr(0, length))) << length;
  }
}

}  // namespace
}  // namespace gantry::content
