#pragma once

#include <array>
#include <bitset>
#include <mutex>

#include "data/store.hpp"
#include "ssd/lazy_array.hpp"

namespace gantry::data {

/// Memory for pages that have been written, and only for those that are not eight bytes over and
/// over: pages of zeros and of fill patterns take none.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::uint64_t capacity);
  ~MemoryStore() override;

  base::Result<void> read(std::uint64_t offset, std::span<std::byte> into) const override;
  base::Result<void> write(std::uint64_t offset, std::span<const std::byte> from) override;
  base::Result<void> zero(std::uint64_t offset, std::uint64_t length) override;
  base::Result<void> flush() override { return {}; }

 private:
  static constexpr std::size_t kPagesOfRegion = 512;
  static constexpr std::uint64_t kRegionBytes = kPagesOfRegion * kPageBytes;
  static constexpr std::size_t kLocks = 64;

  /// Pages that follow each other, of which some are stored.
  struct Region {
    union Page {
      std::uint64_t pattern;  // of one that is not stored
      std::byte* bytes;
    };
    std::array<Page, kPagesOfRegion> pages{};
    std::bitset<kPagesOfRegion> stored;
  };
  struct Place {
    Region* region;  // null: all zero
  };
  /// A part of one page.
  struct Piece {
    std::size_t region;
    std::size_t page;  // in the region
    std::size_t begin;
    std::size_t bytes;
  };

  static Piece first_piece(std::uint64_t offset, std::uint64_t length);
  static bool store(Region& region, std::size_t page);
  static void drop(Region& region, std::size_t page, std::uint64_t pattern);
  static bool put(Region& region, const Piece& piece, std::span<const std::byte> bytes);
  static void drop_all(Region& region);
  std::mutex& lock_of(std::size_t region) const { return locks_[region % kLocks]; }
  Region* make_region(std::size_t region);

  ssd::LazyArray<Place> places_;  // of the regions
  mutable std::array<std::mutex, kLocks> locks_;
};

}  // namespace gantry::data
