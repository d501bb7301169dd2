#include "vm/tool/smoke.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "vm/admission.hpp"
#include "vm/checkpoint_transfer.hpp"
#include "vm/clone.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

base::Result<void> smoke_test(registry::Client& client, const registry::Reference& pushed,
                              const Platform& platform, const std::string& script) {
  GANTRY_TRY(const auto scratch,
             base::TempDir::create_under(std::filesystem::temp_directory_path()));
  GANTRY_TRY(const auto store, Store::open(scratch.path()));
  GANTRY_TRY(const auto pulled, pull_checkpoint(store, client, pushed, platform));
  GANTRY_TRY(const auto state, store.state_of(pulled.checkpoint));
  const auto say = [](std::string_view line) { fmt::print(stderr, "{}", line); };
  GANTRY_TRY(const auto admission, Admission::wait(state.guest.memory, say));
  GANTRY_TRY(auto clone, Clone::start(state, platform));
  base::Command command{.arguments = {"sh", "-e", script}};
  for (const auto& port : clone.machine().ports) {
    command.environment[fmt::format("GANTRY_VM_PORT_{}", port.guest)] = std::to_string(port.host);
  }
  GANTRY_TRY(const auto finished, base::run(command));
  fmt::print(stderr, "{}{}", finished.out, finished.err);
  if (finished.exit_code != 0) {
    return base::Error{
        fmt::format("the smoke test ended by exit code {}: no tag was moved", finished.exit_code),
        script, "what was pushed is there by its digest: " + registry::to_text(pushed)};
  }
  return {};
}

}  // namespace gantry::vm
