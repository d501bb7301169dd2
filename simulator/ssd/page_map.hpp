#pragma once

#include <bit>
#include <cstdint>

#include "ssd/lazy_array.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// Which logical page is where, in both directions: 4 bytes for a logical page, 4 bytes and a bit
/// for a slot of flash.
class PageMap {
 public:
  PageMap(std::uint32_t logical_pages, std::uint32_t slots)
      : slot_of_(logical_pages), lpn_at_(slots), valid_((std::size_t{slots} + 63) / 64) {}

  std::uint32_t logical_pages() const { return static_cast<std::uint32_t>(slot_of_.size()); }
  std::uint32_t mapped() const { return mapped_; }

  /// kNoSlot: never written, or trimmed.
  Slot find(Lpn lpn) const { return Slot{slot_of_[index(lpn)] - 1}; }  // 0 is kNoSlot so
  void prefetch(Lpn lpn) const { __builtin_prefetch(&slot_of_[index(lpn)]); }
  void prefetch_to_write(Lpn lpn) const { __builtin_prefetch(&slot_of_[index(lpn)], 1); }

  bool is_valid(Slot slot) const { return (word(slot) >> (index(slot) % 64) & 1) != 0; }
  /// Of the logical pages that a slot has held, the one it was bound to last.
  Lpn lpn_at(Slot slot) const { return Lpn{lpn_at_[index(slot)]}; }
  /// 64 slots, of which the first is a multiple of 64: bit i is that slot + i is valid.
  std::uint64_t valid_from(Slot first) const { return word(first); }

  /// Where lpn has been until now, which is not valid any more; or kNoSlot.
  Slot bind(Lpn lpn, Slot slot) {
    const auto former = unbind(lpn);
    slot_of_[index(lpn)] = index(slot) + 1;
    lpn_at_[index(slot)] = index(lpn);
    valid_[index(slot) / 64] |= bit(slot);
    ++mapped_;
    return former;
  }

  /// Pages that are nowhere are in slots that have held nothing: those of [first, first + 64) that
  /// have a bit, in their order.
  void fill(Slot first, std::uint64_t bits, const Lpn* pages) {
    const auto shift = index(first) % 64;
    auto* const words = &valid_[index(first) / 64];
    words[0] |= bits << shift;
    if (shift != 0 && bits >> (64 - shift) != 0) {
      words[1] |= bits >> (64 - shift);
    }
    for (; bits != 0; bits &= bits - 1) {
      const auto slot = index(first) + static_cast<std::uint32_t>(std::countr_zero(bits));
      lpn_at_[slot] = index(*pages);
      slot_of_[index(*pages++)] = slot + 1;
      ++mapped_;
    }
  }

  Slot unbind(Lpn lpn) {
    const auto former = find(lpn);
    if (former != kNoSlot) {
      valid_[index(former) / 64] &= ~bit(former);
      slot_of_[index(lpn)] = 0;
      --mapped_;
    }
    return former;
  }

  /// How many of slots [first, end) are valid.
  std::uint32_t valid_between(Slot first, Slot end) const;
  /// Whether the two directions agree (see Device::fault()).
  bool is_sound(std::uint64_t secret) const;

  template <class Archive>
  void transfer(Archive& archive) {
    archive(slot_of_, lpn_at_, valid_, mapped_);
  }

 private:
  static std::uint64_t bit(Slot slot) { return std::uint64_t{1} << (index(slot) % 64); }
  std::uint64_t word(Slot slot) const { return valid_[index(slot) / 64]; }

  LazyArray<std::uint32_t> slot_of_;  // plus 1; 0: none
  LazyArray<std::uint32_t> lpn_at_;
  LazyArray<std::uint64_t> valid_;
  std::uint32_t mapped_ = 0;
};

}  // namespace gantry::ssd
