#include "workload/addresses.hpp"

#include <algorithm>
#include <numeric>

namespace gantry::workload {

Addresses::Addresses(const AddressPattern& pattern, ssd::Lpn first, std::uint32_t pages,
                     std::uint32_t block_pages)
    : pattern_(pattern),
      first_(ssd::index(first)),
      block_pages_(block_pages),
      blocks_(pages / block_pages) {
  if (pattern.kind == AddressPattern::Kind::kZipf) {
    zipf_.emplace(blocks_, pattern.exponent_milli);
    stride_ = std::max<std::uint64_t>(std::uint64_t{blocks_} * 618'034 / 1'000'000, 1);
    while (std::gcd(stride_, std::uint64_t{blocks_}) != 1) {
      ++stride_;
    }
  }
  const auto hot = std::uint64_t{blocks_} * pattern.hot_space / 1000;
  hot_blocks_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(hot, 1));
}

}  // namespace gantry::workload
