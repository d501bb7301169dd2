#include <cstddef>
#include <cstdint>
#include <string>

#include "workload/replay.hpp"
#include "workload/trace_summary.hpp"

namespace {

gantry::workload::TraceInput input(const std::uint8_t* data, std::size_t size) {
  return gantry::workload::TraceInput::of(std::string(reinterpret_cast<const char*>(data), size),
                                          "fuzz");
}

}  // namespace

/// The first byte says whether the format is to be found, or which it is said to be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gantry::workload::TraceFormat;
  using gantry::workload::TraceReader;
  auto reader = TraceReader::of(input(data, size));
  if (!reader && size > 0 && data[0] <= static_cast<std::uint8_t>(TraceFormat::kMqsim)) {
    reader = TraceReader::of(input(data + 1, size - 1), static_cast<TraceFormat>(data[0]));
  }
  if (!reader) {
    return 0;
  }
  gantry::ssd::Parameters parameters;
  parameters.logical_pages = 1000;
  gantry::workload::Replay replay(*std::move(reader), parameters, {});
  while (replay.next_time() != gantry::ssd::kNever) {
    const auto command = replay.take();
    if (gantry::ssd::index(command.lpn) + command.pages > parameters.logical_pages) {
      __builtin_trap();
    }
  }
  if (auto again = TraceReader::of(input(data, size))) {
    (void)gantry::workload::summarize(*again);
  }
  return 0;
}
