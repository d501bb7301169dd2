#include "fio/shared_memory.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <sys/mman.h>
#include <sys/types.h>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's --wrap
extern "C" void* __real_mmap(void* address, std::size_t bytes, int protection, int flags, int fd,
                             off_t offset);
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

namespace gantry::fio {

namespace {

/// Addresses, not memory.
constexpr std::size_t kRoom = std::size_t{1} << 40;
constexpr std::size_t kLeast = 32;  ///< bytes of a block, with its header
constexpr std::size_t kAlignment = 16;

/// Blocks of powers of two, which are used again by size.
class Arena {
 public:
  void* allocate(std::size_t bytes) {
    const auto size = std::bit_ceil(std::max(bytes + sizeof(Header), kLeast));
    const auto list = static_cast<std::size_t>(std::countr_zero(size));
    lock();
    auto* block = free_[list];
    if (block != nullptr) {
      free_[list] = block->next;
    } else if (size <= kRoom - used_) {
      block = reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(this) + used_);
      used_ += size;
    }
    unlock();
    if (block == nullptr) {
      return nullptr;
    }
    block->list = list;
    return block + 1;
  }

  void free(void* memory) {
    auto* const block = static_cast<Header*>(memory) - 1;
    lock();
    block->next = free_[block->list];
    free_[block->list] = block;
    unlock();
  }

  bool has(const void* memory) const {
    const auto distance =
        reinterpret_cast<std::uintptr_t>(memory) - reinterpret_cast<std::uintptr_t>(this);
    return distance < kRoom;
  }

 private:
  struct alignas(kAlignment) Header {
    Header* next = nullptr;  // while it is free
    std::size_t list = 0;
  };

  void lock() {
    while (busy_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { busy_.clear(std::memory_order_release); }

  std::atomic_flag busy_;
  std::size_t used_ = (sizeof(Arena) + kAlignment - 1) / kAlignment * kAlignment;
  std::array<Header*, 64> free_{};
};

Arena* arena = nullptr;  // of this process and those it forks

bool in_arena(const void* memory) {
  return arena != nullptr && arena->has(memory);
}

void* allocate(std::size_t bytes) {
  return arena != nullptr ? arena->allocate(bytes) : std::malloc(bytes == 0 ? 1 : bytes);
}

void release(void* memory) {
  if (in_arena(memory)) {
    arena->free(memory);
  } else {
    std::free(memory);
  }
}

}  // namespace

void* map_shared(std::size_t bytes) {
  void* const memory = __real_mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

bool share_memory() {
  if (arena == nullptr) {
    void* const room = map_shared(kRoom);
    arena = room == nullptr ? nullptr : new (room) Arena();
  }
  return arena != nullptr;
}

bool shares_memory() {
  return arena != nullptr;
}

}  // namespace gantry::fio

using gantry::fio::allocate;
using gantry::fio::release;

void* operator new(std::size_t bytes) {
  void* const memory = allocate(bytes);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

void operator delete(void* memory) noexcept {
  release(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  release(memory);
}

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
extern "C" void* __wrap_mmap(void* address, std::size_t bytes, int protection, int flags, int fd,
                             off_t offset) {
  if (gantry::fio::shares_memory() && (flags & MAP_ANONYMOUS) != 0) {
    flags = (flags & ~MAP_PRIVATE) | MAP_SHARED;
  }
  return __real_mmap(address, bytes, protection, flags, fd, offset);
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
