#include "cli/report_output_options.hpp"

#include <csignal>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "workload/report_output.hpp"

namespace gantry::cli {

void add_report_options(CLI::App& command, ReportOutput& output) {
  command.add_flag("--json", output.json, "Print the report as JSON");
  command.add_flag("--histogram", output.histogram,
                   "Put the counts of all latencies into the JSON");
  command.add_option("--csv", output.csv, "Write the time series to this file")->type_name("FILE");
}

base::Result<int> put_out(const workload::Report& report, const Setup& setup,
                          const ReportOutput& output) {
  if (!output.csv.empty()) {
    GANTRY_CHECK(base::write_file(output.csv, workload::to_csv(report)));
  }
  if (output.json) {
    auto json = nlohmann::ordered_json::parse(setup.json);
    json["report"] = nlohmann::ordered_json::parse(workload::to_json(report, output.histogram));
    GANTRY_CHECK(print(json.dump(2) + "\n"));
  } else {
    GANTRY_CHECK(
        print(fmt::format("{:<14}{}\n{}", "device", setup.device, workload::to_text(report))));
  }
  return report.interrupted ? 128 + (base::interrupted() ? base::interrupt_signal() : SIGINT)
                            : kSuccess;
}

}  // namespace gantry::cli
