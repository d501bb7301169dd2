#include <cstdio>
#include <exception>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "manual/command.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/program.hpp"
#include "vm/tool/version.hpp"

namespace gantry::vm {

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

constexpr const char* kExamples =
    "Examples:\n"
    "  gantry vm probe                        what runs guests here, and how fast\n"
    "  gantry vm build ready.spec --output ready.checkpoint\n"
    "                                         boot a guest, bring it where it shall be, save it\n"
    "  gantry vm run ready.checkpoint --store vm -- ./test.sh\n"
    "                                         a command beside a clone of it\n"
    "  gantry vm explore ready.checkpoint     a clone's console\n"
    "  gantry vm start ready.checkpoint       a clone that goes on: ps, exec, stop\n"
    "  gantry vm push ready.checkpoint --store vm ghcr.io/me/ready:1.2.0\n"
    "  gantry vm pull ghcr.io/me/ready:1.2.0 --store vm --output ready.checkpoint";

int main(int argc, char** argv) {
  CLI::App app("Checkpoints of virtual machines: build them once, resume them in a moment",
               "gantry vm");
  app.set_version_flag("--version", fmt::format("gantry-vm {}", kVersion));
  app.require_subcommand(1);
  Action action;
  add_probe(app, action);
  add_build(app, action);
  add_run(app, action);
  add_disk(app, action);
  add_seed(app, action);
  add_start(app, action);
  add_explore(app, action);
  add_export(app, action);
  add_machines(app, action);
  add_store_commands(app, action);
  add_push(app, action);
  add_pack(app, action);
  add_pull(app, action);
  add_smoke(app, action);
  manual::add_reference(app, program_facts(), action);
  app.footer(kExamples);  // last: commands take over what is there when they are added
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  base::catch_interrupts();
  base::stop_with_parent();
  const auto result = action();
  if (base::interrupted()) {
    return 128 + base::interrupt_signal();
  }
  if (!result) {
    const auto& error = result.error();
    fmt::print(stderr, "gantry-vm: error: {}{}{}\n", error.where, error.where.empty() ? "" : ": ",
               error.what);
    if (!error.hint.empty()) {
      fmt::print(stderr, "hint: {}\n", error.hint);
    }
    return kFailure;
  }
  return *result;
}

}  // namespace

}  // namespace gantry::vm

// What is thrown nevertheless, by an exhausted memory for one, ends in a message too.
int main(int argc, char** argv) {
  try {
    return gantry::vm::main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gantry-vm: error: %s\n", error.what());
    return gantry::vm::kFailure;
  }
}
