// gantry_vm_resume START STORE CHECKPOINT clone|restore: what `gantry vm run` does until the guest
// of a clone answers on its console; restore: without giving it an identity of its own. START is
// the time at which the process was started (CLOCK_MONOTONIC, ns). Prints milliseconds since then,
// until the guest runs and is one of its own, and until its console answers, and QEMU's process ID;
// the machine ends with the standard input.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/user_cache_place.hpp"
#include "vm/accelerator.hpp"
#include "vm/clone.hpp"
#include "vm/run_directory.hpp"
#include "vm/store.hpp"

namespace {

using namespace gantry;
using std::chrono::steady_clock;

base::Result<vm::SavedState> saved_state(const std::string& root, const std::string& file) {
  GANTRY_TRY(const auto store, vm::Store::open(root));
  GANTRY_TRY(const auto key, base::read_file(file, 4096));
  GANTRY_TRY(const auto checkpoint, store.find(std::string(base::trim(key))));
  if (!checkpoint) {
    return base::Error{"it is not in the store", file, ""};
  }
  return store.state_of(*checkpoint);
}

base::Result<void> answer(vm::Machine& machine, steady_clock::time_point start) {
  const auto now = [start] {
    return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
  };
  const auto running = now();
  auto& console = *machine.console;
  const auto deadline = vm::after(std::chrono::seconds(60));
  GANTRY_CHECK(console.send("echo a$((20+3))b\n", deadline));
  GANTRY_CHECK(console.expect_text("a23b", deadline));
  fmt::print("{:.1f} {:.1f} {}\n", running, now(), machine.process->pid());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return {};
}

base::Result<void> measure(steady_clock::time_point start, const std::string& root,
                           const std::string& file, bool own) {
  GANTRY_TRY(const auto state, saved_state(root, file));
  vm::ProbeOptions probe;
  GANTRY_TRY(probe.cache, base::user_cache_root());
  GANTRY_TRY(const auto report, vm::probe_accelerators(probe));
  GANTRY_TRY(const auto platform, vm::platform_of(report, state.platform.accelerator));
  if (own) {
    GANTRY_TRY(auto clone, vm::Clone::start(state, platform));
    return answer(clone.machine(), start);
  }
  GANTRY_TRY(const auto directory, vm::make_run_directory());
  vm::ResumeOptions options;
  options.directory = directory.path();
  GANTRY_TRY(auto machine, vm::resume(state, options));
  return answer(machine, start);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    return 2;
  }
  const auto start = steady_clock::time_point(std::chrono::nanoseconds(std::atoll(argv[1])));
  const auto measured = measure(start, argv[2], argv[3], argv[4] == std::string_view("clone"));
  if (!measured) {
    fmt::print(stderr, "{}: {}\n", measured.error().where, measured.error().what);
  }
  return measured ? 0 : 1;
}
