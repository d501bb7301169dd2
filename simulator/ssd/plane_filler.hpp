#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "ssd/random.hpp"
#include "ssd/random_bits.hpp"
#include "ssd/steady_state.hpp"
#include "ssd/translation_builder.hpp"

namespace gantry::ssd {

/// A random choice of so many of a block's slots.
class SlotChoice {
 public:
  void choose(std::uint32_t count, std::uint32_t slots, Random& random) {
    words_.assign((slots + 63) / 64, 0);
    // Each bit with about the right probability, in 256ths, 64 at once; then random ones are
    // corrected. All choices stay equally likely.
    const auto share = static_cast<std::uint32_t>((std::uint64_t{count} << 8) / slots) << 8;
    std::uint32_t chosen = 0;
    for (std::size_t at = 0; at < words_.size(); ++at) {
      words_[at] = random_bits(share, random) & below(slots - static_cast<std::uint32_t>(at) * 64);
      chosen += static_cast<std::uint32_t>(std::popcount(words_[at]));
    }
    while (chosen != count) {
      const auto slot = random.below(slots);
      auto& word = words_[slot / 64];
      const auto bit = std::uint64_t{1} << (slot % 64);
      const bool is_more = chosen < count;
      if (((word & bit) == 0) == is_more) {
        word ^= bit;
        chosen += is_more ? 1U : ~0U;
      }
    }
  }

  void choose_first(std::uint32_t count) {
    words_.assign((count + 63) / 64, 0);
    for (std::size_t at = 0; at < words_.size(); ++at) {
      words_[at] = below(count - static_cast<std::uint32_t>(at) * 64);
    }
  }

  /// Of slots [64 word, 64 word + 64).
  std::uint64_t word(std::size_t at) const { return words_[at]; }
  std::size_t words() const { return words_.size(); }

 private:
  static std::uint64_t below(std::uint32_t bits) {
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }

  std::vector<std::uint64_t> words_;
};

/// Puts logical pages into the slots of a plane, one after the other: random ones of each closed
/// block, and the first ones of the frontiers.
class PlaneFiller {
 public:
  PlaneFiller(TranslationBuilder& books, BlockId first, const SteadyPlane& plane,
              std::uint32_t slots)
      : books_(&books), block_(index(first)), slots_(slots), closed_(plane.valid.size()) {
    counts_ = plane.valid;
    counts_.insert(counts_.end(), plane.in_frontiers.begin(), plane.in_frontiers.end());
  }

  /// As many pages come as the plane has been drawn with, all in all.
  void put(std::span<const Lpn> pages, Random& random) {
    for (std::size_t done = 0; done < pages.size();) {
      while (bits_ == 0) {
        next_word(random);
      }
      const auto bits = first_bits(bits_, pages.size() - done);
      bits_ &= ~bits;
      books_->put(Slot{first_}, bits, &pages[done]);
      done += static_cast<std::size_t>(std::popcount(bits));
    }
  }

 private:
  /// As many of the bits, from the lowest.
  static std::uint64_t first_bits(std::uint64_t bits, std::size_t most) {
    auto rest = bits;
    while (most > 0 && rest != 0) {
      rest &= rest - 1;
      --most;
    }
    return bits & ~rest;
  }

  void next_word(Random& random) {
    if (word_ == choice_.words()) {
      const auto count = counts_[at_];
      if (at_ < closed_) {
        choice_.choose(count, slots_, random);
      } else {
        choice_.choose_first(count);
      }
      word_ = 0;
      base_ = (block_ + static_cast<std::uint32_t>(at_)) * slots_;
      ++at_;
      return;  // of none there is no word
    }
    bits_ = choice_.word(word_);
    first_ = base_ + static_cast<std::uint32_t>(word_) * 64;
    ++word_;
  }

  TranslationBuilder* books_;
  std::vector<std::uint32_t> counts_;
  std::uint32_t block_;  // the first
  std::uint32_t slots_;
  std::size_t closed_;
  std::size_t at_ = 0;       // block that comes next
  std::size_t word_ = 0;     // of its choice
  std::uint32_t base_ = 0;   // its first slot
  std::uint32_t first_ = 0;  // slot that the first of the bits is for
  std::uint64_t bits_ = 0;   // slots that are to be filled
  SlotChoice choice_;
};

}  // namespace gantry::ssd
