// The probe with the QEMU that is installed.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "vm/accelerator.hpp"
#include "vm/probe_kernel.hpp"

namespace gantry::vm {
namespace {

class AcceleratorOfQemu : public testing::Test {
 protected:
  void SetUp() override {
    const auto qemu = base::find_program("qemu-system-x86_64");
    if (!qemu || probe_kernel("x86_64").empty()) {
      GTEST_SKIP() << "qemu-system-x86_64 is not installed";
    }
    // Counts its starts.
    const auto counted = scratch_->path() / "qemu-system-x86_64";
    std::ofstream(counted) << "#!/bin/sh\necho >> '" << (scratch_->path() / "starts").native()
                           << "'\nexec '" << qemu->native() << "' \"$@\"\n";
    std::filesystem::permissions(counted, std::filesystem::perms(0755));
    options_.qemu = counted.native();
    options_.cache = scratch_->path() / "cache";
  }

  std::size_t starts() const {
    const auto text = base::read_file(scratch_->path() / "starts");
    return text ? text->size() : 0;
  }

  base::Result<base::TempDir> scratch_ = base::TempDir::create();
  ProbeOptions options_;
};

TEST_F(AcceleratorOfQemu, RunsAGuest) {
  const auto report = probe_accelerators(options_);
  ASSERT_TRUE(report) << report.error().what;
  ASSERT_EQ(report->trials.size(), 2U);
  EXPECT_EQ(report->trials[1].accelerator, "tcg");
  EXPECT_EQ(report->trials[1].verdict, Trial::Verdict::kUsable) << report->trials[1].reason;
  EXPECT_TRUE(report->machine.starts_with("pc-q35-")) << report->machine;
  EXPECT_FALSE(report->trials[0].reason.empty());
  EXPECT_GT(report->trials[1].loop.count(), 1000) << "30 million rounds in a millisecond?";
  const auto platform = platform_of(*report);
  ASSERT_TRUE(platform) << platform.error().what;
  EXPECT_GE(timeout_factor(*report, platform->accelerator), 1);
}

TEST_F(AcceleratorOfQemu, RunsAGuestOfAnotherArchitecture) {
  if (!base::find_program("qemu-system-aarch64") || probe_kernel("aarch64").empty()) {
    GTEST_SKIP() << "no QEMU, or no compiler, for aarch64";
  }
  options_.architecture = "aarch64";
  options_.qemu.clear();
  const auto report = probe_accelerators(options_);
  ASSERT_TRUE(report) << report.error().what;
  ASSERT_EQ(report->trials.size(), 2U);
  EXPECT_NE(report->trials[0].verdict, Trial::Verdict::kUsable);
  EXPECT_EQ(report->trials[1].accelerator, "tcg");
  EXPECT_EQ(report->trials[1].verdict, Trial::Verdict::kUsable) << report->trials[1].reason;
  EXPECT_TRUE(report->machine.starts_with("virt-")) << report->machine;
  EXPECT_GT(report->trials[1].loop.count(), 1000);
}

TEST_F(AcceleratorOfQemu, IsAskedOnce) {
  options_.limit = std::chrono::seconds(30);  // also a busy machine keeps the answer
  options_.kvm = "/nonexistent";
  const auto first = probe_accelerators(options_);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->not_kept, "");
  EXPECT_EQ(starts(), 3U);
  const auto second = probe_accelerators(options_);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_TRUE(second->cached);
  EXPECT_EQ(starts(), 3U);
}

TEST_F(AcceleratorOfQemu, RefusesACpuThatItLacks) {
  std::ofstream(scratch_->path() / "qemu-system-x86_64", std::ios::trunc)
      << "#!/bin/sh\ncase \"$*\" in -*version|'-machine help') exec "
      << base::find_program("qemu-system-x86_64")->native()
      << " \"$@\";; esac\nset -- $(echo \"$*\" | sed 's/-cpu [^ ]*/-cpu "
         "Icelake-Server-v1,vmx=on,enforce/')\nexec "
      << base::find_program("qemu-system-x86_64")->native() << " \"$@\"\n";
  options_.kvm = "/nonexistent";
  const auto report = probe_accelerators(options_);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->chosen(), nullptr);
  EXPECT_NE(report->trials[1].reason.find("doesn't support requested features"), std::string::npos)
      << report->trials[1].reason;
}

}  // namespace
}  // namespace gantry::vm
