#include "fio/shared_memory.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the linker's --wrap
extern "C" void* __real_mmap(void* address, std::size_t bytes, int protection, int flags, int fd,
                             off_t offset);
extern "C" int __real_munmap(void* address, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

namespace gantry::fio {

namespace {

/// Addresses, not memory.
constexpr std::size_t kRoom = std::size_t{1} << 40;
constexpr std::size_t kLeast = 32;  ///< bytes of a block, with its header
constexpr std::size_t kAlignment = 16;
constexpr std::size_t kPage = std::size_t{1} << 16;  ///< of any host, at most
constexpr std::size_t kHugePage = std::size_t{1} << 21;

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
    std::atomic_signal_fence(std::memory_order_release);
    free_[block->list] = block;
    unlock();
  }

  /// Zeroed; null if there is no more.
  void* map(std::size_t bytes) {
    lock();
    const auto begin = (used_ + kHugePage - 1) / kHugePage * kHugePage;
    const bool is_there = begin <= kRoom && bytes <= kRoom - begin;
    if (is_there) {
      used_ = begin + (bytes + kPage - 1) / kPage * kPage;
    }
    unlock();
    return is_there ? reinterpret_cast<std::byte*>(this) + begin : nullptr;
  }
  /// Gives the memory back; of the addresses there are plenty.
  static int unmap(void* memory, std::size_t bytes) { return madvise(memory, bytes, MADV_REMOVE); }

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

  /// The lists are whole after every store, so that one who was killed in between has left them so.
  void lock() {
    constexpr unsigned kSpins = 1U << 16;
    const pid_t self = getpid();
    for (unsigned spins = 1;; ++spins) {
      pid_t owner = 0;
      if (owner_.compare_exchange_weak(owner, self, std::memory_order_acquire)) {
        return;
      }
      const bool is_dead =
          owner != 0 && spins % kSpins == 0 && kill(owner, 0) != 0 && errno == ESRCH;
      if (is_dead && owner_.compare_exchange_strong(owner, self, std::memory_order_acquire)) {
        return;
      }
    }
  }
  void unlock() { owner_.store(0, std::memory_order_release); }

  std::atomic<pid_t> owner_{0};
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
  using gantry::fio::arena;
  const bool is_writable = (protection & PROT_WRITE) != 0 && (flags & MAP_PRIVATE) != 0;
  if (arena == nullptr || !is_writable) {
    return __real_mmap(address, bytes, protection, flags, fd, offset);
  }
  // What one process wrote to its own view of a file the others would not see: it has to be read.
  void* const memory =
      (flags & MAP_ANONYMOUS) != 0 && (flags & MAP_FIXED) == 0 ? arena->map(bytes) : nullptr;
  errno = memory == nullptr ? ENOTSUP : errno;
  return memory == nullptr ? MAP_FAILED : memory;
}

extern "C" int __wrap_munmap(void* address, std::size_t bytes) {
  using gantry::fio::Arena;
  return gantry::fio::in_arena(address) ? Arena::unmap(address, bytes)
                                        : __real_munmap(address, bytes);
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
