#include "oci/isal_stream.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <new>

#include <sys/mman.h>

namespace gantry::oci {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;  // the address bits below do not count
constexpr std::size_t kSize = (sizeof(isal_zstream) + kBlock - 1) / kBlock * kBlock;
constexpr std::size_t kRoom = std::size_t{4} << 30;  // addresses, not memory
constexpr std::uint32_t kHashMask = (1U << 13) - 1;  // of compression level 1

/// One byte's share of a CRC-32C, the polynomial of the instruction crc32.
constexpr std::array<std::uint32_t, 256> kTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    }
    table[i] = value;
  }
  return table;
}();

std::uint32_t hash_of(std::uintptr_t address) {
  auto value = static_cast<std::uint32_t>(address >> 16);
  for (int byte = 0; byte < 4; ++byte) {
    value = (value >> 8) ^ kTable[value & 0xff];
  }
  return value & kHashMask;
}

/// Memory at an address whose hash is 0; null if there is none in the room that the kernel gives.
void* map_stream() {
  auto* const room = static_cast<std::byte*>(
      mmap(nullptr, kRoom, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (room == MAP_FAILED) {
    return nullptr;
  }
  std::byte* found = nullptr;
  const auto start = reinterpret_cast<std::uintptr_t>(room);
  for (auto at = (start + kBlock - 1) / kBlock * kBlock; at + kSize <= start + kRoom;
       at += kBlock) {
    if (hash_of(at) == 0) {
      found = room + (at - start);
      break;
    }
  }
  if (found != nullptr && mprotect(found, kSize, PROT_READ | PROT_WRITE) == 0) {
    munmap(room, static_cast<std::size_t>(found - room));
    munmap(found + kSize, static_cast<std::size_t>(room + kRoom - (found + kSize)));
    return found;
  }
  munmap(room, kRoom);
  return nullptr;
}

}  // namespace

IsalStream::IsalStream() {
  constexpr int kAttempts = 8;  // one in 3,000 fails
  void* place = nullptr;
  for (int attempt = 0; attempt < kAttempts && place == nullptr; ++attempt) {
    place = map_stream();
  }
  if (place == nullptr) {
    throw std::bad_alloc();
  }
  stream_ = new (place) isal_zstream();
}

IsalStream::~IsalStream() {
  std::destroy_at(stream_);
  munmap(stream_, kSize);
}

}  // namespace gantry::oci
