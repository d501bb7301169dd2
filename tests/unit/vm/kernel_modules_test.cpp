#include "vm/disk/kernel_modules.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string module(const std::string& dependencies) {
  return std::string("ELF\0license=GPL\0depends=", 24) + dependencies +
         std::string("\0name=x\0", 8);
}

/// Names of what is loaded, or the error.
std::vector<std::string> load_order(const std::map<std::string, std::string>& files,
                                    const std::vector<std::string_view>& names) {
  ModuleTree tree;
  for (const auto& [file, content] : files) {
    tree.files.push_back(file);
  }
  tree.read = [&files](const std::string& file) -> base::Result<std::string> {
    return files.at(file);
  };
  const auto modules = modules_for(names, tree);
  if (!modules) {
    return {modules.error().what};
  }
  std::vector<std::string> order;
  for (const auto& one : *modules) {
    order.push_back(one.name);
  }
  return order;
}

TEST(KernelModules, AreLoadedAfterWhatTheyDependOn) {
  EXPECT_THAT(load_order({{"fs/ext4/ext4.ko", module("jbd2,mbcache")},
                          {"fs/jbd2/jbd2.ko", module("")},
                          {"fs/mbcache.ko", module("")},
                          {"net/virtio_net.ko", module("virtio")}},
                         {"ext4", "jbd2"}),
              ElementsAre("jbd2", "mbcache", "ext4"));
}

TEST(KernelModules, AreNamedWithDashesOrUnderscores) {
  EXPECT_THAT(
      load_order({{"crc32c-intel.ko", module("crypto-base")}, {"crypto_base.ko", module("")}},
                 {"crc32c_intel"}),
      ElementsAre("crypto_base", "crc32c_intel"));
}

TEST(KernelModules, ThatArePartOfTheKernelAreNotLoaded) {
  EXPECT_THAT(load_order({{"a.ko", module("built_in")}}, {"a", "ext4"}), ElementsAre("a"));
  EXPECT_THAT(load_order({}, {"ext4"}), IsEmpty());
}

TEST(KernelModules, ThatDependOnEachOtherEndNoLess) {
  EXPECT_THAT(load_order({{"a.ko", module("b")}, {"b.ko", module("a")}}, {"a"}),
              ElementsAre("b", "a"));
}

TEST(KernelModules, ThatAreCompressedAreAnError) {
  EXPECT_THAT(
      load_order({{"a.ko.xz", "xz"}}, {"a"}),
      ElementsAre("the kernel's modules are compressed, which a small initramfs cannot have"));
}

}  // namespace

}  // namespace gantry::vm
