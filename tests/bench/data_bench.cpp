#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/file.hpp"
#include "data/store.hpp"
#include "ssd/random.hpp"

namespace {

using gantry::data::Mode;
using gantry::data::Store;

constexpr std::uint32_t kPages = 65'536;
constexpr std::uint64_t kCapacity = kPages * Store::kPageBytes;

/// 4 KiB at random places of 256 MiB that has all been written.
void run(benchmark::State& state, Mode mode, bool is_write) {
  const auto directory = gantry::base::TempDir::create();
  auto store = gantry::data::open(mode, kCapacity, directory->path() / "data");
  gantry::ssd::Random random(1);
  std::vector<std::byte> page(Store::kPageBytes);
  for (auto& byte : page) {
    byte = static_cast<std::byte>(random.next());
  }
  for (std::uint64_t offset = 0; offset < kCapacity; offset += page.size()) {
    if (auto done = (*store)->write(offset, page); !done) {
      state.SkipWithError(done.error().what.c_str());
      return;
    }
  }
  for (auto _ : state) {
    const auto offset = random.below(kPages) * page.size();
    const auto done = is_write ? (*store)->write(offset, page) : (*store)->read(offset, page);
    benchmark::DoNotOptimize(page.data());
    if (!done) {
      state.SkipWithError("failed");
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(page.size()));
}
BENCHMARK_CAPTURE(run, TimingOnlyRead, Mode::kTimingOnly, false)->Name("Data4K/TimingOnly/Read");
BENCHMARK_CAPTURE(run, TimingOnlyWrite, Mode::kTimingOnly, true)->Name("Data4K/TimingOnly/Write");
BENCHMARK_CAPTURE(run, MemoryRead, Mode::kMemory, false)->Name("Data4K/Memory/Read");
BENCHMARK_CAPTURE(run, MemoryWrite, Mode::kMemory, true)->Name("Data4K/Memory/Write");
BENCHMARK_CAPTURE(run, FileRead, Mode::kFile, false)->Name("Data4K/File/Read");
BENCHMARK_CAPTURE(run, FileWrite, Mode::kFile, true)->Name("Data4K/File/Write");

}  // namespace
