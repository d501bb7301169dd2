#include <cstdint>

#include <benchmark/benchmark.h>
#include <gantry/ssd.h>

#include "config/description.hpp"
#include "ssd/device.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"

namespace {

using gantry::ssd::Random;

constexpr std::uint32_t kPage = 4096;

/// Random reads of ref-a in a closed loop, of the model itself.
void read_device(benchmark::State& state) {
  const auto description = gantry::config::load("ref-a");
  gantry::ssd::Device device(description->parameters);
  fill_in_order(device);
  Random random(7);
  gantry::ssd::Command command;
  command.pages = 1;
  const auto submit = [&] {
    command.lpn = gantry::ssd::Lpn{random.below(description->parameters.logical_pages)};
    device.submit(command);
  };
  for (std::int64_t at = 0; at < state.range(0); ++at) {
    submit();
  }
  for (auto _ : state) {
    command.time = device.next()->time;
    submit();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_device)->Name("Interface/Device/QD")->Arg(1)->Arg(32);

/// The same through the C interface, with these flags and this mode of data.
void read_c(benchmark::State& state, std::uint32_t flags, std::uint32_t data) {
  gantry_ssd_options options{};
  options.size = sizeof(options);
  options.device = "ref-a";
  options.fill = GANTRY_SSD_FILL_SEQUENTIAL;
  options.flags = flags;
  options.data = data;
  gantry_ssd* drive = nullptr;
  gantry_ssd_info info{};
  info.size = sizeof(info);
  if (gantry_ssd_open(&options, &drive) != GANTRY_SSD_OK ||
      gantry_ssd_get_info(drive, &info) != GANTRY_SSD_OK) {
    state.SkipWithError(gantry_ssd_message());
    return;
  }
  const auto pages = static_cast<std::uint32_t>(info.capacity / kPage);
  Random random(7);
  std::uint8_t buffer[kPage];
  gantry_ssd_request request{};
  request.length = kPage;
  request.data = data == GANTRY_SSD_TIMING_ONLY ? nullptr : buffer;
  const auto submit = [&] {
    request.offset = std::uint64_t{random.below(pages)} * kPage;
    return gantry_ssd_submit(drive, &request);
  };
  for (std::int64_t at = 0; at < state.range(0); ++at) {
    (void)submit();
  }
  gantry_ssd_completion ended{};
  for (auto _ : state) {
    if (gantry_ssd_next(drive, GANTRY_SSD_NEVER, &ended) != GANTRY_SSD_OK) {
      state.SkipWithError("nothing has ended");
    }
    request.time = ended.completed;
    if (submit() != GANTRY_SSD_OK) {
      state.SkipWithError(gantry_ssd_message());
    }
  }
  state.SetItemsProcessed(state.iterations());
  gantry_ssd_close(drive);
}
BENCHMARK_CAPTURE(read_c, without, GANTRY_SSD_WITHOUT_REPORT, GANTRY_SSD_TIMING_ONLY)
    ->Name("Interface/CWithoutReport/QD")
    ->Arg(1)
    ->Arg(32);
BENCHMARK_CAPTURE(read_c, with, 0, GANTRY_SSD_TIMING_ONLY)->Name("Interface/C/QD")->Arg(1)->Arg(32);
BENCHMARK_CAPTURE(read_c, data, 0, GANTRY_SSD_MEMORY)
    ->Name("Interface/CWithData/QD")
    ->Arg(1)
    ->Arg(32);

}  // namespace
