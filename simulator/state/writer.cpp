#include "state/writer.hpp"

#include <algorithm>
#include <array>

#include "base/file.hpp"
#include "state/blocks.hpp"
#include "state/header.hpp"

namespace gantry::state {

void Writer::raw(std::span<const std::byte> bytes) {
  books_.insert(books_.end(), bytes.begin(), bytes.end());
}

/// Into the books: the array's size, the number of runs, and each run.
void Writer::array(std::span<const std::byte> bytes) {
  const auto runs = runs_of_data(bytes);
  const std::array<std::uint64_t, 2> sizes = {bytes.size(), runs.size()};
  raw(std::as_bytes(std::span(sizes)));
  raw(std::as_bytes(std::span(runs)));
  for (const auto& run : runs) {
    const auto data = bytes.subspan(run.first * kBlock);
    const auto size = std::min<std::uint64_t>(run.count * kBlock, data.size());
    write(data.first(size));
    const std::array<std::byte, kBlock> zeros{};
    write(std::span(zeros).first(in_blocks(size) - size));
  }
}

void Writer::write(std::span<const std::byte> bytes) {
  constexpr std::size_t kPiece = std::size_t{1} << 18;  // stays in the cache for both its readers
  for (; !bytes.empty() && !error_; bytes = bytes.subspan(std::min(kPiece, bytes.size()))) {
    const auto piece = bytes.first(std::min(kPiece, bytes.size()));
    checksum_.add(piece);
    if (auto written = base::write_all(fd_, piece, path_); !written) {
      error_ = std::move(written).error();
    }
    array_bytes_ += piece.size();
  }
}

}  // namespace gantry::state
