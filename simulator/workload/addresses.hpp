#pragma once

#include <cstdint>
#include <optional>

#include "ssd/random.hpp"
#include "ssd/types.hpp"
#include "workload/zipf.hpp"

namespace gantry::workload {

/// Which addresses commands go to.
struct AddressPattern {
  enum class Kind : std::uint8_t {
    kUniform,
    kSequential,  ///< from the first block to the last, and again
    kZipf,        ///< blocks by rank; the ranks are strewn over the range
    kHotCold,     ///< the first part of the range gets a share of its own of the traffic
  };
  Kind kind = Kind::kUniform;
  std::uint32_t exponent_milli = 1000;  ///< of kZipf, in thousandths
  std::uint32_t hot_traffic = 800;      ///< of kHotCold, in thousandths of the commands
  std::uint32_t hot_space = 200;        ///< in thousandths of the blocks
};

/// Draws blocks of a range of logical pages.
class Addresses {
 public:
  /// pages is a multiple of block_pages, and not 0.
  Addresses(const AddressPattern& pattern, ssd::Lpn first, std::uint32_t pages,
            std::uint32_t block_pages);

  ssd::Lpn next(ssd::Random& random) { return ssd::Lpn{first_ + block(random) * block_pages_}; }

 private:
  std::uint32_t block(ssd::Random& random) {
    switch (pattern_.kind) {
      case AddressPattern::Kind::kUniform:
        return random.below(blocks_);
      case AddressPattern::Kind::kSequential: {
        const auto block = cursor_;
        cursor_ = cursor_ + 1 == blocks_ ? 0 : cursor_ + 1;
        return block;
      }
      case AddressPattern::Kind::kZipf:
        return static_cast<std::uint32_t>(std::uint64_t{zipf_->next(random) - 1} * stride_ %
                                          blocks_);
      case AddressPattern::Kind::kHotCold:
        return random.below(1000) < pattern_.hot_traffic
                   ? random.below(hot_blocks_)
                   : hot_blocks_ + random.below(blocks_ - hot_blocks_);
    }
    return 0;
  }

  AddressPattern pattern_;
  std::uint32_t first_;
  std::uint32_t block_pages_;
  std::uint32_t blocks_;
  std::uint32_t hot_blocks_ = 0;
  std::uint32_t cursor_ = 0;
  std::uint64_t stride_ = 1;  // has no divisor in common with blocks_
  std::optional<Zipf> zipf_;
};

}  // namespace gantry::workload
