#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "fio/tool/reference.hpp"
#include "fio/tool/run.hpp"
#include "fio/tool/version.hpp"

namespace gantry::fio {

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

constexpr const char* kExamples =
    "fio's own report shows the simulated drive, not this machine: the same in every run, and in "
    "a\n"
    "fraction of the time. What follows -- is fio's; job files may be of any ioengine, which the\n"
    "simulated drive replaces, and no file or device that they name is touched.\n\n"
    "Examples:\n"
    "  gantry fio -- --name=a --rw=randread --iodepth=32 --runtime=10 --time_based\n"
    "  gantry fio --device my.json job.fio\n"
    "  gantry fio --state used.state --expect 'p99<500us' --expect 'iops>100k' -- job.fio\n"
    "  gantry fio --html report.html --json fio.json job.fio\n"
    "  gantry fio --clock real --device 970-pro-like job.fio     as slow as the drive";

void add_options(CLI::App& app, Options& options) {
  app.add_option("--device", options.device,
                 "A profile (gantry ssd config list) or a description; default: ref-a")
      ->type_name("NAME|FILE");
  app.add_option("--state", options.state, "Go on with a drive of gantry ssd precondition")
      ->type_name("FILE");
  app.add_option("--fill", options.fill,
                 "What has been done with the drive before; default: sequential, or what the state "
                 "says")
      ->check(CLI::IsMember({"none", "sequential", "random"}));
  app.add_option("--fill-seed", options.fill_seed, "Seed of --fill random")->type_name("NUMBER");
  app.add_option("--data", options.data,
                 "What the drive keeps of the data; default: all, if a job verifies it")
      ->check(CLI::IsMember({"auto", "none", "memory", "file"}));
  app.add_option("--data-file", options.data_file, "The sparse file of --data file")
      ->type_name("FILE");
  app.add_option("--save-state", options.save_state, "Write the drive's state in the end")
      ->type_name("FILE");
  app.add_option("--clock", options.clock, "Simulated time, or the host's; default: simulated")
      ->check(CLI::IsMember({"simulated", "real"}));
  app.add_option("--device-report", options.device_report,
                 "Write what the drive measured, as JSON (several drives: FILE-1 and so on)")
      ->type_name("FILE");
  app.add_option("--series", options.series, "Write what the drive did over time, as CSV")
      ->type_name("FILE");
  app.add_option("--json", options.json, "Write fio's report as JSON (json+)")->type_name("FILE");
  app.add_option("--html", options.html, "Write a report for browsers")->type_name("FILE");
  app.add_option("--markdown", options.markdown, "Write a short report in Markdown")
      ->type_name("FILE");
  app.add_option("--title", options.title, "Title of the reports")->type_name("TEXT");
  app.add_option("--depfile", options.depfile, "Makefile rules that name every input of --html")
      ->type_name("FILE");
  app.add_flag("--quiet", options.quiet, "Print fio's report only if fio fails");
  app.add_option("--expect", options.expectations,
                 "Fail unless this was measured: p99<500us, iops>100k, read.bw>=1.5GB/s (again for "
                 "more)")
      ->type_name("METRIC<VALUE")
      ->allow_extra_args(false);
  app.add_option("--fio", options.fio, "The fio to run; default: Gantry's own")->type_name("FILE");
  app.add_option("arguments", options.arguments, "fio's options and job files")
      ->type_name("[--] FIO ARGUMENTS");
}

int main(int argc, char** argv) {
  CLI::App app("Run fio on a simulated solid-state drive, in simulated time", "gantry-fio");
  app.set_version_flag("--version", fmt::format("gantry-fio {} (fio {})", kVersion, kFioVersion));
  app.footer(kExamples);
  Options options;
  add_options(app, options);
  bool is_reference = false;
  app.add_flag("--reference", is_reference, "Print docs/reference/fio.md")->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (is_reference) {
    fmt::print("{}", markdown_reference(app));
    return 0;
  }
  if (options.device.empty() && options.state.empty()) {
    options.device = "ref-a";
  }
  if (options.fill.empty() && options.state.empty()) {
    options.fill = "sequential";
  }
  options.command.assign(argv + 1, argv + argc);
  options.command.insert(options.command.begin(), {"gantry", "fio"});
  base::catch_interrupts();
  const auto result = run(options);
  if (base::interrupted()) {
    return 128 + base::interrupt_signal();
  }
  if (!result) {
    const auto& error = result.error();
    fmt::print(stderr, "gantry-fio: error: {}{}{}\n", error.where, error.where.empty() ? "" : ": ",
               error.what);
    if (!error.hint.empty()) {
      fmt::print(stderr, "hint: {}\n", error.hint);
    }
    return kFailure;
  }
  return *result;
}

}  // namespace

}  // namespace gantry::fio

// What is thrown nevertheless, by an exhausted memory for one, ends in a message too.
int main(int argc, char** argv) {
  try {
    return gantry::fio::main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gantry-fio: error: %s\n", error.what());
    return gantry::fio::kFailure;
  }
}
