#include "vm/orphans.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vm/process.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class OrphansTest : public testing::Test {
 protected:
  Process start(const std::vector<std::string>& words, const fs::path& log) {
    auto process = Process::start({words, log, {}});
    EXPECT_TRUE(process) << process.error().what;
    return *std::move(process);
  }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path run_ = [this] {
    fs::create_directory(directory_.path() / "run");
    return directory_.path() / "run";
  }();
};

TEST_F(OrphansTest, FindsWhatWritesIntoADirectory) {
  const auto process = start({"sleep", "60"}, run_ / "qemu.log");
  const auto found = processes_of(run_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pid, process.pid());
  EXPECT_EQ(found[0].program, "sleep");
  EXPECT_TRUE(processes_of(directory_.path() / "ru").empty()) << "the start of a name is no name";
}

TEST_F(OrphansTest, FindsAMachineWhoseCommandLineNamesIt) {
  // As libvirt starts it: nothing that it has open is in the directory.
  fs::copy_file("/usr/bin/tail", directory_.path() / "qemu-system-none");
  const auto log = run_ / "monitor";
  ASSERT_TRUE(base::write_file(log, ""));
  const auto process =
      start({directory_.path() / "qemu-system-none", "-f", log.native()}, "/dev/null");
  const auto found = processes_of(run_);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pid, process.pid());
}

TEST_F(OrphansTest, LeavesAPersonAlone) {
  const auto log = run_ / "console.log";
  ASSERT_TRUE(base::write_file(log, "text\n"));
  auto process = start({"tail", "-f", log.native()}, "/dev/null");
  EXPECT_TRUE(processes_of(run_).empty());
  EXPECT_TRUE(end_processes_of(run_).empty());
  EXPECT_FALSE(process.wait_for_end(after(50ms)));
}

TEST_F(OrphansTest, EndsThem) {
  auto process = start({"sh", "-c", "trap '' TERM; sleep 60"}, run_ / "log");
  const auto ended = end_processes_of(run_);
  EXPECT_GE(ended.size(), 1U);
  EXPECT_TRUE(process.wait_for_end(after(5s)));
  EXPECT_EQ(process.end(), "signal 9 (Killed)");
  EXPECT_TRUE(processes_of(run_).empty());
}

}  // namespace
}  // namespace gantry::vm
