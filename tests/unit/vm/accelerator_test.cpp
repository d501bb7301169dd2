// The decision, with a program that answers as QEMU does.
#include "vm/accelerator.hpp"

#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.hpp"
#include "fake_qemu.hpp"

namespace gantry::vm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Verdict = Trial::Verdict;

class Accelerator : public testing::Test {
 protected:
  void SetUp() override {
    utsname names{};
    if (uname(&names) != 0 || std::string_view(names.machine) != "x86_64") {
      GTEST_SKIP() << "KVM is never tried for x86_64 guests here";
    }
    qemu_.write(script_);
    options_ = qemu_.options();
  }

  AcceleratorReport probe() {
    auto report = probe_accelerators(options_);
    EXPECT_TRUE(report) << report.error().what;
    return *report;
  }

  base::Error failure() {
    const auto report = probe_accelerators(options_);
    EXPECT_FALSE(report);
    return report ? base::Error{} : report.error();
  }

  std::filesystem::path kept() const { return *options_.cache / "vm" / "accelerator-x86_64"; }

  FakeQemu qemu_;
  FakeQemu::Script script_;
  ProbeOptions options_;
};

TEST_F(Accelerator, PrefersKvm) {
  const auto report = probe();
  ASSERT_THAT(report.trials, SizeIs(2));
  ASSERT_NE(report.chosen(), nullptr);
  EXPECT_EQ(report.chosen()->accelerator, "kvm");
  EXPECT_EQ(report.architecture, "x86_64");
  EXPECT_EQ(report.qemu, qemu_.program().native());
  EXPECT_EQ(report.qemu_version, "9.8.7 (Fake 1:9.8)");
  EXPECT_EQ(report.machine, "pc-q35-9.8");
  EXPECT_EQ(report.chosen()->cpu, "Nehalem");
  EXPECT_THAT(report.trials[1].cpu, StartsWith("Opteron_G3,"));
  EXPECT_FALSE(report.cached);
  EXPECT_EQ(report.not_kept, "there is no cache");
}

TEST_F(Accelerator, TakesTcgWhereADeviceIsThereThatDoesNotWork) {
  script_.kvm = "exec sleep 1000";
  qemu_.write(script_);
  options_.limit = std::chrono::milliseconds(1500);
  const auto report = probe();
  ASSERT_NE(report.chosen(), nullptr);
  EXPECT_EQ(report.chosen()->accelerator, "tcg");
  EXPECT_EQ(report.trials[0].verdict, Verdict::kUnusable);
  EXPECT_EQ(report.trials[0].reason, "the guest did not finish within 1.5 s: it had not begun");
}

TEST_F(Accelerator, SaysThatThereIsNoDevice) {
  options_.kvm = qemu_.directory() / "absent";
  const auto report = probe();
  EXPECT_EQ(report.chosen()->accelerator, "tcg");
  EXPECT_EQ(report.trials[0].verdict, Verdict::kUnusable);
  EXPECT_EQ(report.trials[0].reason, "there is no " + options_.kvm.native());
  EXPECT_THAT(report.trials[0].hint, HasSubstr("kvm_intel or kvm_amd"));
  EXPECT_THAT(qemu_.starts(), SizeIs(3)) << "two questions and a guest under TCG";
}

TEST_F(Accelerator, SaysThatTheDeviceIsNotOurs) {
  std::filesystem::permissions(options_.kvm, std::filesystem::perms(0440));
  const uid_t before = geteuid();
  constexpr uid_t kNobody = 65534;
  if (before == 0) {
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  const auto report = probe_accelerators(options_);
  if (before == 0) {
    ASSERT_EQ(seteuid(before), 0);
  }
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->chosen()->accelerator, "tcg");
  EXPECT_EQ(report->trials[0].verdict, Verdict::kUnusable);
  EXPECT_EQ(report->trials[0].reason,
            options_.kvm.native() + " may not be opened: Permission denied");
  EXPECT_THAT(report->trials[0].hint, HasSubstr("sudo usermod -aG kvm"));
}

TEST_F(Accelerator, SaysWhyTheDeviceCannotBeOpened) {
  options_.kvm = qemu_.directory();
  EXPECT_EQ(probe().trials[0].reason, options_.kvm.native() + " cannot be opened: Is a directory");
}

TEST_F(Accelerator, NamesThePackageOfAMissingQemu) {
  options_.qemu = "qemu-system-that-nobody-has";
  EXPECT_EQ(failure().what, "qemu-system-that-nobody-has is not installed");
  EXPECT_EQ(failure().hint, "on Debian: apt-get install qemu-system-x86");
}

TEST_F(Accelerator, WantsToKnowWhichQemuItIs) {
  const auto name = qemu_.program().native();
  script_.version = "echo 'hello'";
  qemu_.write(script_);
  EXPECT_EQ(failure().what, name + " --version does not say which version it is: hello");
  script_.version = "echo 'cannot load library' >&2; exit 127";
  qemu_.write(script_);
  EXPECT_EQ(failure().what, name + " --version ended by exit code 127: cannot load library");
  script_.version = "exec yes";
  qemu_.write(script_);
  EXPECT_EQ(failure().what, name + " --version says more than 65536 bytes");
  script_.version = "exec sleep 1000";
  qemu_.write(script_);
  options_.limit = std::chrono::milliseconds(200);
  EXPECT_EQ(failure().what, name + " --version does not end");
}

TEST_F(Accelerator, WantsAVersionedMachine) {
  script_.machines = "echo 'q35  Standard PC'; echo 'pc  another (alias of pc-i440fx-9.8)'";
  qemu_.write(script_);
  EXPECT_EQ(failure().what,
            qemu_.program().native() + " -machine help does not list the machine q35");
}

TEST_F(Accelerator, SaysWhyNothingWorks) {
  script_.kvm = "echo 'no vmx'; exit 1";
  script_.tcg = "exit 2";
  qemu_.write(script_);
  options_.cache = qemu_.directory() / "cache";
  const auto report = probe();
  EXPECT_EQ(report.chosen(), nullptr);
  EXPECT_EQ(report.not_kept, "nothing was found usable");
  const auto platform = platform_of(report);
  ASSERT_FALSE(platform);
  EXPECT_EQ(platform.error().what,
            "no accelerator is known to run x86_64 guests here: kvm: QEMU ended by exit code 1: no "
            "vmx; tcg: QEMU ended by exit code 2");
  probe();
  EXPECT_THAT(qemu_.starts(), SizeIs(8)) << "the second time finds nothing kept";
}

TEST_F(Accelerator, NeverSaysYesToWhatItDidNotProbe) {
  options_.kernel.emplace();
  script_.machines = "echo 'virt  QEMU 9.8 ARM Virtual Machine (alias of virt-9.8)'";
  qemu_.write(script_);
  options_.architecture = "aarch64";
  const auto report = probe();
  EXPECT_EQ(report.chosen(), nullptr);
  ASSERT_THAT(report.trials, SizeIs(2));
  EXPECT_EQ(report.trials[0].reason,
            "KVM runs guests of this machine's architecture alone, x86_64");
  EXPECT_EQ(report.trials[1].verdict, Verdict::kNotProbed);
  EXPECT_EQ(report.trials[1].reason,
            "this program was built where no compiler for aarch64 was installed");
  const auto platform = platform_of(report);
  ASSERT_FALSE(platform);
  EXPECT_EQ(platform.error().hint, "name the one to use all the same, for example tcg");
  const auto named = platform_of(report, "tcg");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->machine, "virt-9.8");
}

TEST_F(Accelerator, KnowsItsArchitectures) {
  options_.architecture = "riscv64";
  EXPECT_EQ(failure().what, "'riscv64' is not an architecture that guests can have");
  EXPECT_EQ(failure().hint, "known are x86_64 and aarch64");
}

TEST_F(Accelerator, KeepsWhatItHasFound) {
  options_.cache = qemu_.directory() / "cache";
  const auto first = probe();
  EXPECT_FALSE(first.cached);
  EXPECT_EQ(first.not_kept, "");
  const auto starts = qemu_.starts();
  EXPECT_THAT(starts, SizeIs(4));
  const auto second = probe();
  EXPECT_EQ(qemu_.starts(), starts) << "no QEMU was started";
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(second.qemu, first.qemu);
  EXPECT_EQ(second.qemu_version, first.qemu_version);
  EXPECT_EQ(second.machine, first.machine);
  ASSERT_THAT(second.trials, SizeIs(2));
  EXPECT_EQ(second.trials[0].reason, first.trials[0].reason);
  EXPECT_EQ(second.trials[0].loop, first.trials[0].loop);
  EXPECT_EQ(key_part(*platform_of(second)), key_part(*platform_of(first)));
}

TEST_F(Accelerator, ProbesAgainWhenSomethingHasChanged) {
  options_.cache = qemu_.directory() / "cache";
  probe();
  const auto probes_again = [this] {
    const bool again = !probe().cached;
    EXPECT_TRUE(probe().cached);
    return again;
  };
  script_.tcg = "exit 2";
  qemu_.write(script_);
  EXPECT_TRUE(probes_again()) << "another QEMU";
  const timespec later[] = {{2'000'000'000, 0}, {2'000'000'000, 1}};
  ASSERT_EQ(utimensat(AT_FDCWD, qemu_.program().c_str(), later, 0), 0);
  EXPECT_TRUE(probes_again()) << "another time of the same QEMU";
  options_.limit += std::chrono::milliseconds(1);
  EXPECT_TRUE(probes_again()) << "another limit";
  std::filesystem::remove(options_.kvm);
  EXPECT_FALSE(probe_accelerators(options_)->chosen()) << "no device any more";
  std::ofstream(options_.kvm).put('\n');
  EXPECT_EQ(probe().chosen()->accelerator, "kvm") << "the device is back";
}

TEST_F(Accelerator, DoesADamagedAnswerAgain) {
  options_.cache = qemu_.directory() / "cache";
  probe();
  const auto whole = base::read_file(kept());
  ASSERT_TRUE(whole) << whole.error().what;
  const auto of_the_cache = [this](const std::string& text) {
    EXPECT_TRUE(base::write_file(kept(), text));
    return probe().cached;
  };
  for (std::size_t size = 0; size + 2 < whole->size(); size += 97) {
    EXPECT_FALSE(of_the_cache(whole->substr(0, size))) << size;
  }
  EXPECT_FALSE(of_the_cache(*whole + "x"));
  EXPECT_FALSE(of_the_cache(std::string(1 << 20, 'x')));
  auto other = *whole;
  other.replace(other.find("\"usable\""), 8, "\"maybe\"");
  EXPECT_FALSE(of_the_cache(other));
  other = *whole;
  other.replace(other.find("\"accelerators\": ["), 17, "\"accelerators\": 5, \"x\": [");
  EXPECT_FALSE(of_the_cache(other));
  EXPECT_TRUE(of_the_cache(*whole));
}

TEST_F(Accelerator, DoesWithoutACacheThatCannotBeWritten) {
  options_.cache = qemu_.directory() / "kvm" / "cache";
  const auto report = probe();
  EXPECT_EQ(report.chosen()->accelerator, "kvm");
  EXPECT_THAT(report.not_kept, StartsWith("cannot create the directory "));
}

TEST_F(Accelerator, DoesNotKeepWhatABusyMachineSays) {
  script_.kvm = "exec sleep 1000";
  script_.tcg = std::string("sleep 1.2; ") + kGoodGuest;
  qemu_.write(script_);
  options_.limit = std::chrono::milliseconds(1000);
  options_.patience = std::chrono::seconds(20);
  options_.cache = qemu_.directory() / "cache";
  const auto report = probe();
  EXPECT_EQ(report.chosen()->accelerator, "tcg");
  EXPECT_EQ(report.not_kept, "the machine is busy, and may do better later");
  EXPECT_FALSE(std::filesystem::exists(kept()));
}

TEST_F(Accelerator, ManyProcessesProbeOnce) {
  script_.tcg = std::string("sleep 0.2; ") + kGoodGuest;
  qemu_.write(script_);
  options_.cache = qemu_.directory() / "cache";
  {
    std::vector<std::jthread> others;
    for (int i = 0; i < 4; ++i) {
      others.emplace_back([this] { probe(); });
    }
  }
  EXPECT_THAT(qemu_.starts(), SizeIs(4));
}

AcceleratorReport made_report() {
  return {"x86_64",
          "/usr/bin/qemu-system-x86_64",
          "7.2.22",
          "pc-q35-7.2",
          "AuthenticAMD",
          {{"kvm", Verdict::kUnusable, "there is no /dev/kvm", "load it", {}, "Nehalem"},
           {"tcg", Verdict::kUsable, "the guest finished in 0.1 s", "",
            std::chrono::milliseconds(180), "Opteron_G3"}},
          false,
          ""};
}

TEST(AcceleratorPlatform, IsThatOfTheChosenOne) {
  const auto platform = platform_of(made_report());
  ASSERT_TRUE(platform);
  EXPECT_EQ(key_part(*platform),
            "accelerator=tcg\nmachine=pc-q35-7.2\ncpu=Opteron_G3\ncpu-vendor=\nqemu=7.2.22\n");
  EXPECT_EQ(platform->qemu, "/usr/bin/qemu-system-x86_64");
}

TEST(AcceleratorPlatform, HasAnotherKeyUnderKvm) {
  auto report = made_report();
  report.trials[0].verdict = Verdict::kUsable;
  const auto platform = platform_of(report);
  ASSERT_TRUE(platform);
  EXPECT_EQ(key_part(*platform),
            "accelerator=kvm\nmachine=pc-q35-7.2\ncpu=Nehalem\ncpu-vendor=AuthenticAMD\n"
            "qemu=7.2.22\n");
  EXPECT_EQ(platform_of(report, "tcg")->accelerator, "tcg");
}

TEST(AcceleratorPlatform, SaysWhyAWantedOneIsRefused) {
  const auto refused = platform_of(made_report(), "kvm");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "kvm does not run x86_64 guests here: there is no /dev/kvm");
  EXPECT_EQ(refused.error().hint, "load it");
  const auto unknown = platform_of(made_report(), "hvf");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "'hvf' is not an accelerator");
  EXPECT_EQ(unknown.error().hint, "known are kvm and tcg");
}

TEST(AcceleratorTimeout, GrowsWithTheLoopWithinBounds) {
  auto report = made_report();
  const auto factor = [&report](std::int64_t milliseconds) {
    report.trials[1].loop = std::chrono::milliseconds(milliseconds);
    return timeout_factor(report, "tcg");
  };
  EXPECT_EQ(factor(1), 1);
  EXPECT_EQ(factor(40), 1);
  EXPECT_EQ(factor(120), 3);
  EXPECT_EQ(factor(1'000'000), 20);
  EXPECT_EQ(timeout_factor(report, "kvm"), 1);
}

}  // namespace
}  // namespace gantry::vm
