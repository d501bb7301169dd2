#include "vm/domain_machine.hpp"

#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "vm/hardware.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// Where a QEMU writes what it has to say, if that is a file.
fs::path log_of(int pid) {
  std::error_code failure;
  auto log = fs::read_symlink(fmt::format("/proc/{}/fd/2", pid), failure);
  return fs::is_regular_file(log, failure) ? log : fs::path();
}

/// Some daemons have a view of files of their own.
Result<void> check_memory(const fs::path& memory, std::uint64_t size) {
  std::error_code failure;
  const auto there = fs::file_size(memory, failure);
  if (failure || there != size) {
    return base::Error{
        fmt::format("libvirt says that this file is the guest's memory, and it is not: {}",
                    failure ? failure.message() : fmt::format("it has {} bytes", there)),
        memory.native(),
        "memory_backing_dir in the daemon's qemu.conf names a directory; we must see it, too"};
  }
  return {};
}

}  // namespace

std::string domain_name(const std::string& guest, const fs::path& run_directory) {
  const auto scratch = run_directory.filename().native();
  return fmt::format("{}-{}", guest, scratch.substr(scratch.rfind('-') + 1));
}

Result<void> take_over(Machine& machine, const Domain& domain, const HostFiles& host,
                       const fs::path& console_log, Console::Logger logger) {
  GANTRY_TRY(const int pid, domain.pid());
  GANTRY_TRY(auto process, Process::adopt(pid, log_of(pid)));
  machine.process = std::make_unique<Process>(std::move(process));
  GANTRY_TRY(const auto words, command_line_of(pid));
  GANTRY_TRY(machine.hardware, hardware_of(words));
  GANTRY_TRY(const auto memory, memory_of(words));
  GANTRY_CHECK(check_memory(memory.path, memory.size));
  machine.memory = memory.path;
  machine.monitor = domain.monitor();
  GANTRY_TRY(auto socket, connect_to(host.console));
  GANTRY_TRY(auto console, Console::open(std::move(socket), *machine.process, console_log, logger));
  machine.console = std::make_unique<Console>(std::move(console));
  machine.agent = host.agent;
  return {};
}

}  // namespace gantry::vm
