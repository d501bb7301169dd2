#include "data/memory_store.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

namespace gantry::data {

namespace {

base::Error no_memory() {
  return {"no memory is left for the data of a device", "",
          "keep the data in a file (data mode file), or none (data mode timing-only)"};
}

/// The eight bytes of which a page consists, if it does.
std::optional<std::uint64_t> pattern_of(std::span<const std::byte> page) {
  std::uint64_t first = 0;
  std::memcpy(&first, page.data(), sizeof(first));
  if (std::memcmp(page.data(), page.data() + sizeof(first), page.size() - sizeof(first)) != 0) {
    return {};
  }
  return first;
}

/// A part of a page that consists of a pattern.
void fill(std::span<std::byte> part, std::uint64_t pattern, std::size_t begin) {
  std::array<std::byte, sizeof(pattern)> bytes;
  std::memcpy(bytes.data(), &pattern, sizeof(pattern));
  std::rotate(bytes.begin(), bytes.begin() + begin % bytes.size(), bytes.end());
  const auto head = std::min(part.size(), bytes.size());
  std::copy_n(bytes.begin(), head, part.begin());
  if (part.size() > head) {  // each byte is that eight places before: doubled again and again
    for (auto done = head; done < part.size();) {
      const auto more = std::min(done, part.size() - done);
      std::memcpy(part.data() + done, part.data(), more);
      done += more;
    }
  }
}

}  // namespace

MemoryStore::MemoryStore(std::uint64_t capacity)
    : places_((capacity + kRegionBytes - 1) / kRegionBytes) {}

MemoryStore::~MemoryStore() {
  for (const auto& [region] : places_.all()) {
    if (region != nullptr) {
      drop_all(*region);
      delete region;
    }
  }
}

MemoryStore::Piece MemoryStore::first_piece(std::uint64_t offset, std::uint64_t length) {
  const auto begin = offset % kPageBytes;
  return {offset / kRegionBytes, offset / kPageBytes % kPagesOfRegion, begin,
          std::min(length, kPageBytes - begin)};
}

/// Gives a page memory, with what it consists of.
bool MemoryStore::store(Region& region, std::size_t page) {
  auto* const bytes = new (std::nothrow) std::byte[kPageBytes];
  if (bytes == nullptr) {
    return false;
  }
  fill({bytes, kPageBytes}, region.pages[page].pattern, 0);
  region.pages[page].bytes = bytes;
  region.stored.set(page);
  return true;
}

void MemoryStore::drop(Region& region, std::size_t page, std::uint64_t pattern) {
  if (region.stored.test(page)) {
    delete[] region.pages[page].bytes;
    region.stored.reset(page);
  }
  region.pages[page].pattern = pattern;
}

void MemoryStore::drop_all(Region& region) {
  for (std::size_t page = 0; page < kPagesOfRegion; ++page) {
    drop(region, page, 0);
  }
}

/// False: there is no memory for it.
bool MemoryStore::put(Region& region, const Piece& piece, std::span<const std::byte> bytes) {
  if (bytes.size() == kPageBytes) {
    if (const auto pattern = pattern_of(bytes)) {
      drop(region, piece.page, *pattern);
      return true;
    }
  }
  if (!region.stored.test(piece.page) && !store(region, piece.page)) {
    return false;
  }
  auto* const page = region.pages[piece.page].bytes;
  std::memcpy(page + piece.begin, bytes.data(), bytes.size());
  if (bytes.size() < kPageBytes) {
    if (const auto pattern = pattern_of({page, kPageBytes})) {
      drop(region, piece.page, *pattern);
    }
  }
  return true;
}

MemoryStore::Region* MemoryStore::make_region(std::size_t region) {
  if (places_[region].region == nullptr) {
    places_[region].region = new (std::nothrow) Region;
  }
  return places_[region].region;
}

base::Result<void> MemoryStore::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto piece = first_piece(offset, into.size());
    const auto part = into.first(piece.bytes);
    {
      const std::scoped_lock lock(lock_of(piece.region));
      const auto* const region = places_[piece.region].region;
      if (region == nullptr) {
        std::fill(part.begin(), part.end(), std::byte{0});
      } else if (region->stored.test(piece.page)) {
        std::memcpy(part.data(), region->pages[piece.page].bytes + piece.begin, piece.bytes);
      } else {
        fill(part, region->pages[piece.page].pattern, piece.begin);
      }
    }
    offset += piece.bytes;
    into = into.subspan(piece.bytes);
  }
  return {};
}

base::Result<void> MemoryStore::write(std::uint64_t offset, std::span<const std::byte> from) {
  while (!from.empty()) {
    const auto piece = first_piece(offset, from.size());
    {
      const std::scoped_lock lock(lock_of(piece.region));
      auto* const region = make_region(piece.region);
      if (region == nullptr || !put(*region, piece, from.first(piece.bytes))) {
        return no_memory();
      }
    }
    offset += piece.bytes;
    from = from.subspan(piece.bytes);
  }
  return {};
}

base::Result<void> MemoryStore::zero(std::uint64_t offset, std::uint64_t length) {
  static constexpr std::array<std::byte, kPageBytes> kZeros{};
  while (length > 0) {
    auto piece = first_piece(offset, length);
    const auto rest_of_region = std::min(length, kRegionBytes - offset % kRegionBytes);
    const std::scoped_lock lock(lock_of(piece.region));
    auto* const region = places_[piece.region].region;
    if (region == nullptr || rest_of_region == kRegionBytes) {
      if (region != nullptr) {
        drop_all(*region);
        delete std::exchange(places_[piece.region].region, nullptr);
      }
      piece.bytes = rest_of_region;
    } else if (region->stored.test(piece.page) || region->pages[piece.page].pattern != 0) {
      if (!put(*region, piece, std::span(kZeros).first(piece.bytes))) {
        return no_memory();
      }
    }
    offset += piece.bytes;
    length -= piece.bytes;
  }
  return {};
}

}  // namespace gantry::data
