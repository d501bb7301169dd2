#include "vm/simulated_drive.hpp"

#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/machine.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::chrono::seconds kStartTime{60};
constexpr std::chrono::seconds kEndTime{120};  // its state is written then
constexpr std::chrono::milliseconds kLook{5};

Result<std::string> simulator() {
  if (const char* const named = std::getenv("GANTRY_SSD"); named != nullptr && *named != '\0') {
    return std::string(named);
  }
  std::error_code failure;
  const auto beside = fs::read_symlink("/proc/self/exe", failure).parent_path() / "gantry-ssd";
  if (!failure && fs::exists(beside, failure)) {
    return beside.native();
  }
  if (const auto found = base::find_program("gantry-ssd")) {
    return found->native();
  }
  return base::Error{"the guest has a simulated drive, and gantry-ssd is not there", "",
                     "name it by GANTRY_SSD in the environment"};
}

}  // namespace

std::string drive_state_file(std::size_t number) {
  return fmt::format("drive{}.state", number);
}

std::string drive_data_file(std::size_t number) {
  return fmt::format("drive{}.data", number);
}

fs::path drive_socket(const fs::path& directory, std::size_t number) {
  return directory / fmt::format("drive{}", number);
}

Result<std::string> simulator_version() {
  GANTRY_TRY(const auto program, simulator());
  GANTRY_TRY(const auto said, base::run_checked({.arguments = {program, "--version"}}));
  return std::string(base::trim(said.out));
}

Result<Process> start_drive(const fs::path& description, std::size_t number,
                            const fs::path& directory, const fs::path& before) {
  GANTRY_TRY(const auto program, simulator());
  const auto state = directory / drive_state_file(number);
  const auto data = directory / drive_data_file(number);
  const auto socket = drive_socket(directory, number);
  Process::Start start;
  start.arguments = {program,       "serve",         "--device",     description.native(),
                     "--data-file", data.native(),   "--save-state", state.native(),
                     "--socket",    socket.native(), "--progress",   "0"};
  if (!before.empty()) {
    GANTRY_CHECK(copy_sparse(before / state.filename(), state));
    GANTRY_CHECK(copy_sparse(before / data.filename(), data));
    start.arguments.insert(start.arguments.end(), {"--state", state.native()});
  }
  start.log = directory / fmt::format("drive{}.log", number);
  GANTRY_TRY(auto drive, Process::start(start));
  const auto deadline = after(kStartTime);
  while (!connect_to(socket)) {
    if (drive.wait_for_end(after(kLook))) {
      return drive.obituary("starting a simulated drive");
    }
    if (std::chrono::steady_clock::now() > deadline) {
      return base::Error{"the simulated drive does not begin", description.native(), ""};
    }
  }
  return drive;
}

Result<void> end_drive(Process& drive) {
  ::kill(drive.pid(), SIGTERM);
  if (!drive.wait_for_end(after(kEndTime))) {
    return base::Error{"the simulated drive does not end", "", ""};
  }
  return drive.end() == "exit code 0" ? Result<void>() : drive.obituary("saving a simulated drive");
}

}  // namespace gantry::vm
