// What a QEMU can do to the probe, by one that does.
#include "vm/accelerator_trial.hpp"

#include <csignal>
#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "fake_qemu.hpp"

namespace gantry::vm {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using Verdict = Trial::Verdict;

/// Gone, or dead and not yet buried by whoever has inherited it.
bool is_gone(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  if (!std::getline(file, text)) {
    return true;
  }
  const auto name_end = text.rfind(')');
  return name_end == std::string::npos || text.substr(name_end + 2, 1) == "Z";
}

class AcceleratorTrial : public testing::Test {
 protected:
  /// Runs KVM as the script has it, beside a TCG that works unless another one is given.
  TrialOutcome run(const std::string& kvm, const std::string& tcg = kGoodGuest,
                   std::chrono::milliseconds limit = std::chrono::seconds(20)) {
    FakeQemu::Script script;
    script.kvm = kvm;
    script.tcg = tcg;
    qemu_.write(script);
    auto outcome =
        run_trials({"x86_64", {}, qemu_.program().native(), "pc-q35-9.8", limit, patience_},
                   {{"kvm", "Nehalem"}, {"tcg", "Opteron_G3,ssse3=on"}});
    EXPECT_TRUE(outcome) << outcome.error().what;
    EXPECT_THAT(outcome->trials, SizeIs(2));
    return *outcome;
  }

  Trial kvm(const std::string& script) { return run(script).trials[0]; }

  void expect_no_process_left() {
    const auto pids = qemu_.pids();
    EXPECT_FALSE(pids.empty());
    for (const auto& pid : pids) {
      bool gone = is_gone(pid);
      for (int tries = 0; !gone && tries < 500; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        gone = is_gone(pid);
      }
      EXPECT_TRUE(gone) << pid;
    }
  }

  FakeQemu qemu_;
  std::chrono::milliseconds patience_{0};
};

TEST_F(AcceleratorTrial, TakesAGuestThatDoesAllThatItShould) {
  const auto outcome = run(kGoodGuest);
  EXPECT_TRUE(outcome.in_time);
  for (const auto& trial : outcome.trials) {
    EXPECT_EQ(trial.verdict, Verdict::kUsable);
    EXPECT_THAT(trial.reason, StartsWith("the guest finished in "));
    EXPECT_GT(trial.loop.count(), 0);
  }
  EXPECT_EQ(outcome.trials[0].accelerator, "kvm");
  EXPECT_EQ(outcome.trials[1].accelerator, "tcg");
  EXPECT_EQ(outcome.trials[0].cpu, "Nehalem");
  EXPECT_EQ(outcome.trials[1].cpu, "Opteron_G3,ssse3=on");
  for (const auto& start : qemu_.starts()) {
    EXPECT_THAT(start, HasSubstr(" -machine pc-q35-9.8 "));
    EXPECT_THAT(start, HasSubstr(start.find(" -accel kvm ") != std::string::npos
                                     ? " -cpu Nehalem,enforce "
                                     : " -cpu Opteron_G3,ssse3=on,enforce "));
  }
}

TEST_F(AcceleratorTrial, GivesUpOneThatHangs) {
  const auto outcome = run("exec sleep 1000", kGoodGuest, std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome.trials[0].verdict, Verdict::kUnusable);
  EXPECT_EQ(outcome.trials[0].reason, "the guest did not finish within 1.5 s: it had not begun");
  EXPECT_EQ(outcome.trials[1].verdict, Verdict::kUsable);
  EXPECT_TRUE(outcome.in_time);
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, SaysHowFarItGot) {
  auto outcome = run("say begun; say round; say round; exec sleep 1000", kGoodGuest,
                     std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome.trials[0].reason,
            "the guest did not finish within 1.5 s: it had done 2 rounds of 10");
  outcome =
      run("say begun; say done; exec sleep 1000", kGoodGuest, std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome.trials[0].reason,
            "the guest did not finish within 1.5 s: it had said its last word");
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, EndsOneThatWantsNoEndAndWhatItStarted) {
  const auto outcome =
      run("trap '' TERM INT HUP; sleep 1000 & echo $! >> \"${0%/*}/pids\"; sleep 1000 & "
          "echo $! >> \"${0%/*}/pids\"; while :; do wait; done",
          kGoodGuest, std::chrono::milliseconds(1500));
  EXPECT_EQ(outcome.trials[0].verdict, Verdict::kUnusable);
  EXPECT_THAT(qemu_.pids(), SizeIs(4));
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, EndsWhatAQemuThatEndedHasLeft) {
  const auto trial = kvm("sleep 1000 & echo $! >> \"${0%/*}/pids\"; exit 4");
  EXPECT_EQ(trial.reason, "QEMU ended by exit code 4");
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, QuotesTheLastWordsOfAQemuThatGaveUp) {
  auto trial =
      kvm("echo 'qemu: warning: no aes' >&2; echo 'qemu: Host does not support it' >&2; exit 1");
  EXPECT_EQ(trial.verdict, Verdict::kUnusable);
  EXPECT_EQ(trial.reason, "QEMU ended by exit code 1: qemu: Host does not support it");
  EXPECT_EQ(trial.loop.count(), 0);
  trial = kvm("printf 'no line end \\033[31m'; exit 1");
  EXPECT_EQ(trial.reason, "QEMU ended by exit code 1: no line end \\x1b[31m");
  trial = kvm("kill -s SEGV $$");
  EXPECT_EQ(trial.reason, "QEMU ended by signal 11 (Segmentation fault)");
}

TEST_F(AcceleratorTrial, BelievesNoGuestThatLeftInAnotherWay) {
  std::string script = kGoodGuest;
  script.replace(script.find("exit 33"), 7, "exit 0");
  EXPECT_EQ(kvm(script).reason, "the guest finished, but QEMU ended by exit code 0");
}

TEST_F(AcceleratorTrial, BelievesNoEndWithoutTheWords) {
  const std::string reason = "QEMU ended as if the guest had finished, which did not say so";
  EXPECT_EQ(kvm("exit 33").reason, reason);
  EXPECT_EQ(kvm("say done; exit 33").reason, reason);
  EXPECT_EQ(kvm("say begun; say round; say done; exit 33").reason, reason);
  EXPECT_EQ(kvm("for round in 1 2 3 4 5 6 7 8 9 10; do say round; done; say begun; say done; "
                "exit 33")
                .reason,
            reason);
}

TEST_F(AcceleratorTrial, BelievesNoGuestThatCannotCount) {
  const auto trial = kvm("say begun; say wrong; exit 33");
  EXPECT_EQ(trial.verdict, Verdict::kUnusable);
  EXPECT_EQ(trial.reason, "the guest has miscounted");
}

TEST_F(AcceleratorTrial, EndsOneThatTalksTooMuch) {
  EXPECT_EQ(kvm("exec yes").reason, "QEMU said more than 65536 bytes");
  EXPECT_EQ(kvm("exec tr '\\0' a < /dev/zero").reason, "QEMU said more than 65536 bytes");
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, WaitsForABusyMachine) {
  patience_ = std::chrono::seconds(20);
  const auto slow = std::string("sleep 1.2; ") + kGoodGuest;
  const auto outcome = run("exec sleep 1000", slow, std::chrono::milliseconds(1000));
  EXPECT_EQ(outcome.trials[1].verdict, Verdict::kUsable);
  EXPECT_FALSE(outcome.in_time);
  EXPECT_EQ(outcome.trials[0].verdict, Verdict::kUnusable);
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, SaysHowLongItWaitedInAllIfNothingWorks) {
  patience_ = std::chrono::milliseconds(100);
  const auto outcome = run("exec sleep 1000", "exec sleep 1000", std::chrono::milliseconds(400));
  for (const auto& trial : outcome.trials) {
    EXPECT_EQ(trial.verdict, Verdict::kUnusable);
    EXPECT_THAT(trial.reason, StartsWith("the guest did not finish within 0.5 s"));
  }
  EXPECT_FALSE(outcome.in_time);
  expect_no_process_left();
}

TEST_F(AcceleratorTrial, TellsOfAProgramThatCannotRun) {
  std::ofstream(qemu_.program()) << "#!/nonexistent/interpreter\n";
  std::filesystem::permissions(qemu_.program(), std::filesystem::perms(0755));
  const auto outcome = run_trials({"x86_64",
                                   {},
                                   qemu_.program().native(),
                                   "m",
                                   std::chrono::seconds(20),
                                   std::chrono::seconds(0)},
                                  {{"tcg", "c"}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->trials[0].verdict, Verdict::kUnusable);
  EXPECT_THAT(outcome->trials[0].reason, StartsWith("cannot start "));
  EXPECT_THAT(outcome->trials[0].reason, EndsWith("No such file or directory"));
}

TEST_F(AcceleratorTrial, StopsWhenItIsTold) {
  FakeQemu::Script script;
  script.kvm = script.tcg = "exec sleep 1000";
  qemu_.write(script);
  EXPECT_EXIT(
      {
        std::thread user([this] {
          while (qemu_.pids().size() < 2) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          }
          base::note_interrupt(SIGINT);
        });
        const auto outcome = run_trials({"x86_64",
                                         {},
                                         qemu_.program().native(),
                                         "m",
                                         std::chrono::seconds(100),
                                         std::chrono::seconds(0)},
                                        {{"kvm", "c"}, {"tcg", "c"}});
        user.join();
        if (!outcome) {
          fputs(outcome.error().what.c_str(), stderr);
        }
        _exit(outcome ? 0 : 3);
      },
      testing::ExitedWithCode(3), "stopped while probing the accelerators");
  expect_no_process_left();
}

}  // namespace
}  // namespace gantry::vm
