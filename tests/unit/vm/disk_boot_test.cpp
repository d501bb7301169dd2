#include "vm/disk/disk_boot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_disk.hpp"

namespace gantry::vm {

namespace {

using oci::testing::TarBuilder;
using testing::DiskOfArchive;

oci::MergedTree tree_of(const std::vector<std::string>& paths) {
  oci::MergedTree tree;
  for (const auto& path : paths) {
    oci::MergedEntry merged;
    merged.entry.path = path;
    tree.push_back(merged);
  }
  return tree;
}

DiskOptions booting(BootOptions boot = {}) {
  DiskOptions options;
  options.boot = std::move(boot);
  return options;
}

TEST(DiskBoot, TheNewestKernelIsThatOfTheHighestNumbers) {
  const auto newest = [](const std::vector<std::string>& paths) {
    const auto index = newest_kernel(tree_of(paths));
    return index ? paths[*index] : std::string();
  };
  EXPECT_EQ(newest({"boot/vmlinuz-6.1.0-9-amd64", "boot/vmlinuz-6.1.0-12-amd64"}),
            "boot/vmlinuz-6.1.0-12-amd64");
  EXPECT_EQ(newest({"boot/vmlinuz-6.10.0-1", "boot/vmlinuz-6.9.0-1"}), "boot/vmlinuz-6.10.0-1");
  EXPECT_EQ(newest({"boot/vmlinuz-6.1", "boot/vmlinuz-6.1.0"}), "boot/vmlinuz-6.1.0");
  EXPECT_EQ(newest({"boot/old/vmlinuz-9", "boot/config-7", "vmlinuz-8"}), "");
}

TEST(DiskBoot, TakesKernelAndInitrdOfTheDisk) {
  const DiskOfArchive disk(TarBuilder()
                               .file("boot/vmlinuz-6.1.0-9", "old")
                               .file("boot/vmlinuz-6.1.0-10", "new")
                               .file("boot/initrd.img-6.1.0-10", "initrd of it")
                               .file("sbin/init", "init", 0755),
                           booting({.append = "loglevel=3"}));
  ASSERT_EQ(disk.failure(), "");
  const auto beside = [&disk](const char* extension) {
    return base::read_file(disk.file().replace_extension(extension)).value();
  };
  EXPECT_EQ(beside(".kernel"), "new");
  EXPECT_EQ(beside(".initrd"), "initrd of it");
  EXPECT_EQ(beside(".command-line"),
            "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 panic=-1 loglevel=3");
}

TEST(DiskBoot, SaysWhatIsMissing) {
  EXPECT_EQ(DiskOfArchive(TarBuilder().file("sbin/init", ""), booting()).failure(),
            "there is no kernel in its /boot (vmlinuz-…) (install one, such as "
            "linux-image-cloud-amd64, or name one with --kernel)");
  EXPECT_EQ(DiskOfArchive(TarBuilder().file("boot/vmlinuz-1", ""), booting()).failure(),
            "the root file system has no init (/sbin/init) (install one, such as the package "
            "systemd-sysv)");
}

TEST(DiskBoot, AnImageWithACommandRunsItUnlessAnInitIsNamed) {
  oci::Config config;
  EXPECT_FALSE(runs_command({}, nullptr));
  EXPECT_FALSE(runs_command({}, &config));
  config.cmd = {"serve"};
  EXPECT_TRUE(runs_command({}, &config));
  EXPECT_FALSE(runs_command({.init = "/sbin/init"}, &config));
}

}  // namespace

}  // namespace gantry::vm
