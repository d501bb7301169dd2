#include <cstdint>
#include <filesystem>
#include <utility>

#include <benchmark/benchmark.h>

#include "base/file.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"
#include "state/state.hpp"

namespace {

using gantry::ssd::Command;
using gantry::ssd::Device;
using gantry::ssd::Lpn;
using gantry::ssd::Nanos;
using gantry::ssd::Opcode;
using gantry::state::Opened;

/// REF-A with more blocks; spare factor 7 %.
gantry::config::Description described(std::int64_t gibibytes) {
  gantry::ssd::Parameters parameters;
  auto& geometry = parameters.geometry;
  geometry.blocks_per_plane = static_cast<std::uint32_t>(32 * gibibytes);
  parameters.link = {3'079'699'248, Nanos{0}};
  parameters.die_order = gantry::ssd::DieOrder::kFirstCome;
  parameters.allocation = gantry::ssd::WriteAllocation::kStatic;
  parameters.logical_pages = static_cast<std::uint32_t>(geometry.slots() / 100 * 92);
  return {"benchmark", "", parameters, {}};
}

/// A device that has been written to at random, and the file of it.
class Used {
 public:
  explicit Used(std::int64_t gibibytes)
      : description_(described(gibibytes)), device_(description_.parameters) {
    fill_at_random(device_, 1);
  }

  Device& device() { return device_; }
  std::filesystem::path path() const { return directory_.path() / "state"; }
  bool save() { return static_cast<bool>(gantry::state::save(device_, description_, path())); }
  Opened open() const { return *gantry::state::open(path()); }
  double megabytes() const { return static_cast<double>(std::filesystem::file_size(path())) / 1e6; }

 private:
  gantry::base::TempDir directory_ = *gantry::base::TempDir::create();
  gantry::config::Description description_;
  Device device_;
};

void save_state(benchmark::State& state) {
  Used used(state.range(0));
  for (auto _ : state) {
    if (!used.save()) {
      state.SkipWithError("cannot save");
    }
  }
  state.counters["file_MB"] = used.megabytes();
}
BENCHMARK(save_state)
    ->Name("SaveState/GiB")
    ->Arg(8)
    ->Arg(1024)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void open_state(benchmark::State& state) {
  Used used(state.range(0));
  if (!used.save()) {
    state.SkipWithError("cannot save");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(used.open().device->now());
  }
}
BENCHMARK(open_state)
    ->Name("OpenState/GiB")
    ->Arg(8)
    ->Arg(1024)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// Writes at random, 32 at a time, on the device of a file, or on the one that it was saved from.
void write(benchmark::State& state) {
  Used used(state.range(0));
  if (!used.save()) {
    state.SkipWithError("cannot save");
  }
  const auto opened = used.open();
  auto& device = state.range(1) != 0 ? *opened.device : used.device();
  gantry::ssd::Random random(7);
  const auto submit = [&] {
    Command command;
    command.time = device.now();
    command.lpn = Lpn{random.below(device.parameters().logical_pages)};
    command.pages = 1;
    command.opcode = Opcode::kWrite;
    device.submit(command);
  };
  for (int command = 0; command < 32; ++command) {
    submit();
  }
  for (auto _ : state) {
    device.next();
    submit();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(write)
    ->Name("WriteQD32/GiB/opened")
    ->Args({8, 0})
    ->Args({8, 1})
    ->Args({1024, 0})
    ->Args({1024, 1});

}  // namespace
