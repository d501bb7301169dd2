#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <benchmark/benchmark.h>
#include <libdeflate.h>

#include "content/digest.hpp"
#include "oci/deflate_blocks.hpp"
#include "oci/encoder.hpp"

/// What each encoder makes of this very program's bytes: MB/s of input, and the ratio.
namespace gantry::oci {
namespace {

using Bytes = std::vector<std::byte>;

/// The bytes of our own program and of the libraries that it is made of, over and over if they are
/// few.
Bytes input(std::size_t size) {
  std::string program;
  std::set<std::string> seen;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line) && program.size() < size;) {
    const auto path = line.find('/');
    if (path != std::string::npos && seen.insert(line.substr(path)).second) {
      std::ifstream file(line.substr(path), std::ios::binary);
      program.append(std::istreambuf_iterator<char>(file), {});
    }
  }
  Bytes bytes(size);
  for (std::size_t at = 0; at < size && !program.empty(); ++at) {
    bytes[at] = static_cast<std::byte>(program[at % program.size()]);
  }
  return bytes;
}

void encode(benchmark::State& state, const char* name) {
  const auto encoder = make_encoder(name);
  const auto worker = (*encoder)->make_worker();
  const auto chunk = input((*encoder)->chunk_size());
  Bytes out((*encoder)->max_encoded_size());
  std::size_t size = 0;
  for (auto _ : state) {
    const auto encoded = worker->compress(chunk, out);
    if (!encoded) {
      state.SkipWithError(encoded.error().what.c_str());
      return;
    }
    size = encoded->size;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chunk.size()));
  state.counters["ratio"] = static_cast<double>(size) / static_cast<double>(chunk.size());
  state.SetLabel((*encoder)->identity());
}
BENCHMARK_CAPTURE(encode, gzip, "gzip")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, gzip_dense, "gzip-dense")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, zstd, "zstd")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode, none, "none")->Unit(benchmark::kMillisecond);

/// The part of gzip-dense that makes complete streams such as others can follow.
void find_ends(benchmark::State& state) {
  const auto chunk = input(std::size_t{1} << 20);
  Bytes stream(chunk.size() * 2);
  auto* const compressor = libdeflate_alloc_compressor(6);
  stream.resize(libdeflate_deflate_compress(compressor, chunk.data(), chunk.size(), stream.data(),
                                            stream.size()));
  libdeflate_free_compressor(compressor);
  for (auto _ : state) {
    const auto ends = find_deflate_ends(stream, stream);
    if (!ends) {
      state.SkipWithError(ends.error().what.c_str());
      return;
    }
    benchmark::DoNotOptimize((*ends)[0].end);
  }
  state.SetBytesProcessed(state.iterations() * 2 * static_cast<std::int64_t>(chunk.size()));
}
BENCHMARK(find_ends)->Unit(benchmark::kMillisecond);

void sha256(benchmark::State& state) {
  const auto chunk = input(std::size_t{1} << 20);
  for (auto _ : state) {
    content::Sha256 hash;
    hash.update(chunk);
    benchmark::DoNotOptimize(hash.finish());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chunk.size()));
}
BENCHMARK(sha256)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gantry::oci
