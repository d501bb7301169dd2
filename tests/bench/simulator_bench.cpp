#include <cstdint>
#include <fstream>
#include <string>

#include <benchmark/benchmark.h>

#include "ssd/device.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"
#include "workload/histogram.hpp"

namespace {

using gantry::ssd::Command;
using gantry::ssd::Device;
using gantry::ssd::Lpn;
using gantry::ssd::Nanos;
using gantry::ssd::Opcode;
using gantry::ssd::Parameters;

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30;

/// REF-A: 8 channels with 4 dies each, 4 KiB pages; larger ones have more blocks of it, and of 1
/// TiB longer ones.
Parameters reference(std::uint64_t gibibytes, double spare_factor) {
  Parameters parameters;
  auto& geometry = parameters.geometry;
  geometry.blocks_per_plane = static_cast<std::uint32_t>(32 * gibibytes);
  parameters.link = {3'079'699'248, Nanos{0}};
  parameters.die_order = gantry::ssd::DieOrder::kFirstCome;
  parameters.allocation = gantry::ssd::WriteAllocation::kStatic;
  const auto in_play = static_cast<double>(geometry.planes()) *
                       (geometry.blocks_per_plane - parameters.collection.start_below -
                        parameters.collection.generations) *
                       geometry.slots_per_block();
  parameters.logical_pages = static_cast<std::uint32_t>(in_play * (1 - spare_factor));
  return parameters;
}

/// Closed loop of 4 KiB commands at random, with a histogram of latencies.
void run(benchmark::State& state, Device& device, Opcode opcode, std::int64_t depth) {
  gantry::ssd::Random random(7);
  gantry::workload::Histogram latencies;
  const auto pages = device.parameters().logical_pages;
  auto ahead = Lpn{random.below(pages)};
  const auto submit = [&](Nanos time) {
    Command command;
    command.time = time;
    command.lpn = ahead;
    command.pages = 1;
    command.opcode = opcode;
    ahead = Lpn{random.below(pages)};
    device.expect(ahead);
    device.submit(command);
  };
  for (std::int64_t command = 0; command < depth; ++command) {
    submit(device.now());
  }
  const auto begin = device.now();
  const auto before = device.flash().counters();
  for (auto _ : state) {
    const auto* const completion = device.next();
    latencies.record(completion->time - completion->command.time);
    submit(completion->time);
  }
  state.SetItemsProcessed(state.iterations());
  const auto& after = device.flash().counters();
  const auto seconds = std::chrono::duration<double>(device.now() - begin).count();
  state.counters["simulated_IOPS"] = static_cast<double>(state.iterations()) / seconds;
  state.counters["p99_us"] =
      std::chrono::duration<double, std::micro>(latencies.percentile(990'000)).count();
  if (opcode == Opcode::kWrite) {
    const auto host = static_cast<double>(after.host_pages - before.host_pages);
    state.counters["write_amplification"] =
        1 + static_cast<double>(after.moved_pages - before.moved_pages) / host;
  }
  while (device.next() != nullptr) {
  }
}

void random_read(benchmark::State& state) {
  Device device(reference(8, 0.1));
  fill_in_order(device);
  run(state, device, Opcode::kRead, state.range(0));
}
BENCHMARK(random_read)->Name("RandomRead/QD")->Arg(1)->Arg(2)->Arg(32)->Arg(256);

void random_read_without_attribution(benchmark::State& state) {
  auto parameters = reference(8, 0.1);
  parameters.attribution = false;
  Device device(parameters);
  fill_in_order(device);
  run(state, device, Opcode::kRead, state.range(0));
}
BENCHMARK(random_read_without_attribution)->Name("RandomReadWithoutAttribution/QD")->Arg(32);

void random_read_by_size(benchmark::State& state) {
  Device device(reference(static_cast<std::uint64_t>(state.range(0)), 0.1));
  fill_in_order(device);
  run(state, device, Opcode::kRead, 32);
}
BENCHMARK(random_read_by_size)->Name("RandomReadQD32/GiB")->Arg(8)->Arg(64)->Arg(256)->Arg(1024);

void steady_write(benchmark::State& state) {
  Device device(reference(static_cast<std::uint64_t>(state.range(0)), 0.07));
  fill_at_random(device, 1);
  run(state, device, Opcode::kWrite, 32);
}
BENCHMARK(steady_write)->Name("SteadyWriteQD32/GiB")->Arg(8)->Arg(64);

void precondition(benchmark::State& state) {
  const auto parameters = reference(static_cast<std::uint64_t>(state.range(0)), 0.07);
  for (auto _ : state) {
    Device device(parameters);
    fill_at_random(device, 1);
    benchmark::DoNotOptimize(device.flash().translation().pages().mapped());
  }
  state.counters["GiB"] = static_cast<double>(parameters.geometry.raw_bytes() / kGibibyte);
}
BENCHMARK(precondition)->Name("Precondition/GiB")->Arg(8)->Arg(1024)->Unit(benchmark::kMillisecond);

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

void memory(benchmark::State& state) {
  const auto parameters = reference(static_cast<std::uint64_t>(state.range(0)), 0.1);
  for (auto _ : state) {
    const auto before = resident_bytes();
    Device device(parameters);
    const auto fresh = resident_bytes();
    fill_in_order(device);
    const auto full = resident_bytes();
    state.counters["fresh_MB"] = static_cast<double>(fresh - before) / 1e6;
    state.counters["bytes_per_page"] =
        static_cast<double>(full - before) / static_cast<double>(parameters.geometry.slots());
  }
}
BENCHMARK(memory)
    ->Name("Memory/GiB")
    ->Arg(64)
    ->Arg(1024)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
