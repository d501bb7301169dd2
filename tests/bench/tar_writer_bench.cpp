#include <cstring>
#include <limits>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "content/entry.hpp"
#include "oci/tar_writer.hpp"

/// Our own tar writer or libarchive's: the same entries, from memory to memory.
namespace gantry::oci {
namespace {

using content::Entry;
using content::Tree;

constexpr std::size_t kEntries = 4000;
constexpr std::size_t kChunk = std::size_t{1} << 20;

Tree make_tree(std::uint64_t file_size) {
  Tree tree;
  for (std::size_t number = 0; number < kEntries; ++number) {
    Entry entry;
    entry.path = fmt::format("usr/share/cmake-3.25/Modules/Folder{}/FindLibrary{}.cmake",
                             number / 100, number);
    entry.mtime = 1700000000;
    entry.size = file_size;
    tree.push_back(std::move(entry));
  }
  return tree;
}

/// Where both put the archive: one chunk, filled again and again.
class Chunk {
 public:
  void write(const char* bytes, std::size_t size) {
    while (size > 0) {
      const auto count = std::min(size, kChunk - used_);
      std::memcpy(bytes_.get() + used_, bytes, count);
      used_ = (used_ + count) % kChunk;
      bytes += count;
      size -= count;
    }
    benchmark::ClobberMemory();
  }

 private:
  std::unique_ptr<char[]> bytes_ = std::make_unique<char[]>(kChunk);
  std::size_t used_ = 0;
};

void report(benchmark::State& state) {
  const auto entries = state.iterations() * static_cast<std::int64_t>(kEntries);
  state.SetItemsProcessed(entries);
  state.SetBytesProcessed(entries * (static_cast<std::int64_t>(kTarBlock) + state.range(0)));
}

void own_tar_writer(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto tree = make_tree(size);
  const std::string content(size + tar_padding(size), 'x');
  Chunk chunk;
  std::string header;
  for (auto _ : state) {
    for (const auto& entry : tree) {
      header.clear();
      if (!append_tar_header(entry, std::numeric_limits<std::int64_t>::max(), header)) {
        state.SkipWithError("no header");
      }
      chunk.write(header.data(), header.size());
      chunk.write(content.data(), content.size());
    }
  }
  report(state);
}

void libarchive_tar_writer(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto tree = make_tree(size);
  const std::string content(size, 'x');
  Chunk chunk;
  for (auto _ : state) {
    auto* const writer = archive_write_new();
    archive_write_set_format_pax_restricted(writer);
    archive_write_set_bytes_per_block(writer, 0);
    archive_write_open(
        writer, &chunk, nullptr,
        [](archive* /*writer*/, void* to, const void* bytes, std::size_t count) -> la_ssize_t {
          static_cast<Chunk*>(to)->write(static_cast<const char*>(bytes), count);
          return static_cast<la_ssize_t>(count);
        },
        nullptr);
    auto* const header = archive_entry_new();
    for (const auto& entry : tree) {
      archive_entry_clear(header);
      archive_entry_set_pathname(header, entry.path.c_str());
      archive_entry_set_filetype(header, AE_IFREG);
      archive_entry_set_perm(header, entry.mode);
      archive_entry_set_mtime(header, entry.mtime, 0);
      archive_entry_set_size(header, static_cast<la_int64_t>(entry.size));
      if (archive_write_header(writer, header) != ARCHIVE_OK) {
        state.SkipWithError(archive_error_string(writer));
      }
      archive_write_data(writer, content.data(), content.size());
    }
    archive_entry_free(header);
    archive_write_free(writer);
  }
  report(state);
}

// No content, the median of an installed tree's files, and its mean.
BENCHMARK(own_tar_writer)->Arg(0)->Arg(4000)->Arg(48000)->Unit(benchmark::kMillisecond);
BENCHMARK(libarchive_tar_writer)->Arg(0)->Arg(4000)->Arg(48000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gantry::oci
