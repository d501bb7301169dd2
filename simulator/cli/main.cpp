#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "cli/command_table.hpp"
#include "cli/exit_code.hpp"
#include "cli/spec_option.hpp"
#include "cli/version.hpp"

namespace gantry::cli {

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  gantry ssd config list                          the devices that are known by name\n"
    "  gantry ssd config init ref-a --output my.json   a description to change\n"
    "  gantry ssd config check my.json                 all that is wrong with it\n"
    "  gantry ssd config explain my.json               what it can do, by arithmetic\n"
    "  gantry ssd run --device ref-a --fill --queue-depth 32\n"
    "                                                  what it does with a workload\n"
    "  gantry ssd precondition --device ref-a --output drive.state\n"
    "                                                  a used device, to run on with --state\n"
    "  gantry ssd replay trace.csv --device ref-a      what it does with a trace";

void print_error(const base::Error& error) {
  fmt::print(stderr, "gantry-ssd: error: {}{}{}\n", error.where, error.where.empty() ? "" : ": ",
             error.what);
  if (!error.hint.empty()) {
    fmt::print(stderr, "hint: {}\n", error.hint);
  }
}

int run(int argc, char** argv) {
  CLI::App app("Simulate solid-state drives: exact, deterministic, fast", "gantry-ssd");
  app.set_version_flag("--version", fmt::format("gantry-ssd {}", kVersion));
  app.require_subcommand(1);
  app.footer(kExamples);
  Action action;
  add_commands(app, action);
  auto line = with_spec({argv + 1, argv + argc});
  if (!line) {
    print_error(line.error());
    return kUsage;
  }
  std::reverse(line->arguments.begin(), line->arguments.end());  // as the parser wants them
  try {
    app.parse(std::move(line->arguments));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  base::catch_interrupts();
  auto result = action();
  if (!result) {
    if (result.error().where.empty()) {
      result.error().where = line->spec;
    }
    print_error(result.error());
    return base::interrupted() ? 128 + base::interrupt_signal() : kFailure;
  }
  return *result;
}

}  // namespace

}  // namespace gantry::cli

// What is thrown nevertheless, by an exhausted memory for one, ends in a message too.
int main(int argc, char** argv) {
  try {
    return gantry::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gantry-ssd: error: %s\n", error.what());
    return gantry::cli::kFailure;
  }
}
