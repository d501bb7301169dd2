#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "vm/qmp.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

/// A machine in which the firmware looks for something to boot, and goes on looking.
class VerificationTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("qemu-system-x86_64") || !base::find_program("qemu-img")) {
      GTEST_SKIP() << "QEMU is not installed";
    }
  }

  std::filesystem::path in(const char* name) const { return directory_.path() / name; }

  Machine start(bool paused) {
    Machine machine;
    machine.directory = directory_.path() / (paused ? "reset" : "run");
    std::filesystem::create_directory(machine.directory);
    auto channel = *Channel::open(machine.directory / "monitor");
    const auto memory = "memory-backend-file,id=ram,size=32M,share=on,mem-path=" +
                        (machine.directory / "ram").native();
    std::vector<std::string> words{
        "qemu-system-x86_64",
        "-accel",
        "tcg",
        "-nodefaults",
        "-display",
        "none",
        "-object",
        memory,
        "-chardev",
        "null,id=serial",
        "-chardev",
        "socket,id=monitor,server=on,wait=off,fd=" + std::to_string(channel.listening.get()),
        "-mon",
        "chardev=monitor,mode=control"};
    words.insert(words.end(), saved_.hardware.arguments.begin(), saved_.hardware.arguments.end());
    if (paused) {
      words.emplace_back("-S");
    }
    machine.memory = machine.directory / "ram";
    machine.process = std::make_unique<Process>(
        *Process::start({words, machine.directory / "log", {channel.listening.get()}}));
    machine.monitor = std::make_unique<Qmp>(
        *Qmp::open(std::move(channel.connected), *machine.process, after(20s)));
    return machine;
  }

  /// Saves it, and says how it is recognized.
  Witness save(Machine& machine) {
    std::filesystem::remove(saved_.devices);
    const auto done = save_devices(machine, saved_.devices);
    EXPECT_TRUE(done) << done.error().what;
    saved_.memory = machine.directory / "ram";
    Witness witness;
    witness.registers = *registers_of(*machine.monitor);
    return witness;
  }

  base::Result<void> verify(const Witness& witness) { return verify_restore(saved_, witness, 10); }

  base::TempDir directory_ = *base::TempDir::create();
  SavedState saved_ = [this] {
    SavedState saved;
    saved.guest.name = "box";
    saved.guest.memory = 32 << 20;
    saved.platform.qemu = "qemu-system-x86_64";
    saved.platform.accelerator = "tcg";
    saved.hardware.arguments = {
        "-machine", "pc-q35-7.2,memory-backend=ram", "-cpu", "Nehalem", "-m", "32",
        "-device",  "isa-serial,chardev=serial"};
    saved.hardware.console = "serial";
    saved.hardware.memory = "ram";
    saved.devices = directory_.path() / "devices";
    return saved;
  }();
};

TEST_F(VerificationTest, AMachineThatGoesOnIsNoReboot) {
  auto machine = start(false);
  ASSERT_FALSE(machine.process->wait_for_end(after(1s)));
  const auto witness = save(machine);
  const auto verified = verify(witness);
  EXPECT_TRUE(verified) << verified.error().what;

  // The memory of the one that ran, but processors that begin again.
  auto again = start(true);
  const auto reset = save(again);
  saved_.memory = machine.directory / "ram";
  const auto rebooted = verify(witness);
  ASSERT_FALSE(rebooted);
  EXPECT_THAT(rebooted.error().what,
              StartsWith("what was saved does not go on: the processors: CPU#0 "));
  EXPECT_TRUE(verify(reset)) << "only what was saved differs";
}

TEST_F(VerificationTest, AMachineCanBeSavedAgain) {
  auto machine = start(false);
  ASSERT_FALSE(machine.process->wait_for_end(after(1s)));
  save(machine);
  const auto verified = verify(save(machine));
  EXPECT_TRUE(verified) << verified.error().what;
}

TEST_F(VerificationTest, AConsoleThatAnsweredHasToAnswer) {
  auto machine = start(false);
  auto witness = save(machine);
  witness.console = true;  // which the firmware has never done
  const auto verified = verify_restore(saved_, witness, 0.1);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().what,
            "what was saved does not go on: the console: it does not answer");
}

TEST_F(VerificationTest, MemoryCanBeWithTheDevices) {
  auto machine = start(false);
  ASSERT_FALSE(machine.process->wait_for_end(after(1s)));
  machine.memory.clear();
  const auto witness = save(machine);
  EXPECT_GT(std::filesystem::file_size(saved_.devices), 300'000U);
  saved_.memory.clear();
  const auto verified = verify(witness);
  EXPECT_TRUE(verified) << verified.error().what;
}

TEST_F(VerificationTest, AStateThatQemuRefusesIsSaid) {
  auto machine = start(false);
  const auto witness = save(machine);
  std::filesystem::resize_file(saved_.devices, 1000);
  const auto verified = verify(witness);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().what, StartsWith("what was saved does not go on: QEMU: "));
}

TEST_F(VerificationTest, AnImageThatIsNoneIsNamed) {
  auto machine = start(false);
  auto witness = save(machine);
  ASSERT_TRUE(base::write_file(in("disk.qcow2"), "no image"));
  saved_.disks = {{{in("disk.qcow2"), "qcow2"}}};
  const auto verified = verify(witness);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().what,
              StartsWith("what was saved does not go on: the disk image: qemu-img check ends by "
                         "exit code 1:\n"));
  EXPECT_THAT(verified.error().what, HasSubstr("Image is not in qcow2 format"));
}

}  // namespace
}  // namespace gantry::vm
