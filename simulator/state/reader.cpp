#include "state/reader.hpp"

#include <algorithm>
#include <array>

#include <sys/mman.h>
#include <unistd.h>

#include "state/blocks.hpp"
#include "state/header.hpp"

namespace gantry::state {

namespace {

/// Shorter runs are copied: so there are never more mappings than a process may have, some 65,000,
/// since what a device has in arrays is at most 35 GB.
constexpr std::size_t kLeastMapped = std::size_t{1} << 20;

}  // namespace

void Reader::raw(std::span<std::byte> bytes) {
  if (bytes.size() > books_.size()) {
    fail();
  }
  if (failed_) {
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
    return;
  }
  std::copy_n(books_.begin(), bytes.size(), bytes.begin());
  books_ = books_.subspan(bytes.size());
}

void Reader::array(std::span<std::byte> bytes) {
  std::array<std::uint64_t, 2> sizes{};
  raw(std::as_writable_bytes(std::span(sizes)));
  const auto [size, run_count] = sizes;
  if (size != bytes.size()) {
    fail();
  }
  const auto block_count = in_blocks(bytes.size()) / kBlock;
  std::uint64_t end = 0;  // of the run before
  for (std::uint64_t at = 0; at < run_count && !failed_; ++at) {
    Run run;
    raw(std::as_writable_bytes(std::span(&run, 1)));
    if (run.count == 0 || run.first < end || run.first >= block_count ||
        run.count > block_count - run.first || run.count > arrays_.size() / kBlock) {
      fail();
      return;
    }
    end = run.first + run.count;
    const auto begin = run.first * kBlock;
    restore_run(bytes.subspan(begin, std::min<std::uint64_t>(end * kBlock, size) - begin));
    arrays_ = arrays_.subspan(run.count * kBlock);
    offset_ += run.count * kBlock;
  }
}

void Reader::restore_run(std::span<std::byte> bytes) {
  if (bytes.size() < kLeastMapped || !map(bytes)) {
    std::copy_n(arrays_.begin(), bytes.size(), bytes.begin());
  }
}

/// Puts the file in the place of the memory. False: that does not go here.
bool Reader::map(std::span<std::byte> bytes) const {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size());
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % page != 0 || offset_ % page != 0 ||
      (page > kBlock && end % page != 0)) {
    return false;
  }
  return mmap(bytes.data(), bytes.size(), PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd_,
              static_cast<off_t>(offset_)) != MAP_FAILED;
}

}  // namespace gantry::state
