#include <fmt/format.h>

#include "config/description.hpp"
#include "host/drive.hpp"
#include "workload/report_output.hpp"

int main() {
  auto description = gantry::config::load("ref-a");
  auto drive = gantry::host::Drive::create(*std::move(description),
                                           {.fill = gantry::host::Fill::kSequential});
  gantry::host::Request request;
  request.length = 4096;
  for (std::uint64_t command = 0; command < 1000; ++command) {
    request.offset = 4096 * (command * 7919 % 10'000);
    if (const auto done = drive->submit(request); !done) {
      fmt::print(stderr, "{}\n", done.error().what);
      return 1;
    }
    request.time = drive->next()->time;
  }
  fmt::print("{}", gantry::workload::to_text(drive->report()));
}
