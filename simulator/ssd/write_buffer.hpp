#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "ssd/fifo.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// Pages that a host has written and flash has not: volatile. Those that no program has been asked
/// for yet are dirty, in the order of their writes; the others are being programmed. Of a logical
/// page there may be one of each kind, of which the dirty one is current.
class WriteBuffer {
 public:
  using Entry = std::uint32_t;
  static constexpr Entry kNone = 0xffffffff;

  struct Page {
    Lpn lpn = kNoLpn;               ///< kNoLpn: written again or trimmed since
    std::uint32_t owner = kNone;    ///< the request that ends when it is in flash
    std::uint32_t program = kNone;  ///< that it is part of; kNone: it is dirty
    std::uint64_t epoch = 0;
    Entry next = kNone;
  };

  explicit WriteBuffer(std::uint32_t pages)
      : pages_(pages), table_(std::bit_ceil(std::size_t{pages} * 2 + 1), kNone) {
    for (Entry entry = pages; entry-- > 0;) {
      pages_[entry].next = free_;
      free_ = entry;
    }
  }

  bool is_there() const { return !pages_.empty(); }
  bool has_room() const { return free_ != kNone; }
  /// Dirty ones that are current.
  std::uint32_t dirty() const { return dirty_; }
  Page& operator[](Entry entry) { return pages_[entry]; }

  /// The current entry of a logical page.
  Entry find(Lpn lpn) const { return table_[place_of(lpn)]; }

  /// A new dirty entry, the current one of lpn from now on. There is room, and no current one.
  Entry add(Lpn lpn) { return put(lpn, kNone); }

  /// An entry as it has been before: part of a program or, without one, dirty. kNoLpn: it has been
  /// dropped.
  Entry put(Lpn lpn, std::uint32_t program) {
    const auto entry = free_;
    auto& page = pages_[entry];
    free_ = page.next;
    page = {lpn, kNone, program, epoch_, kNone};
    if (lpn != kNoLpn) {
      table_[place_of(lpn)] = entry;
    }
    if (program == kNone) {
      order_.push(entry);
      dirty_ += lpn == kNoLpn ? 0 : 1;
    }
    ++unwritten_in_epoch(epoch_);
    return entry;
  }

  /// What dirty entries hold, in their order.
  std::vector<Lpn> dirty_pages() const {
    std::vector<Lpn> lpns(order_.size());
    for (std::size_t at = 0; at < lpns.size(); ++at) {
      lpns[at] = pages_[order_[at]].lpn;
    }
    return lpns;
  }

  /// The entry is not current any more; a dirty one will not be programmed.
  void drop(Entry entry) {
    auto& page = pages_[entry];
    erase_from_table(page.lpn);
    page.lpn = kNoLpn;
    if (page.program != kNone) {
      return;
    }
    --dirty_;
    release_dropped();
  }

  /// Room again, if entries have it that have been dropped, before their turn comes: it might not,
  /// since what waits for room may be what a whole flash page lacks.
  void make_room() {
    if (has_room() || order_.size() == dirty_) {
      return;
    }
    for (auto left = order_.size(); left > 0; --left) {
      const auto entry = order_.front();
      order_.pop();
      if (pages_[entry].lpn == kNoLpn) {
        release(entry);
      } else {
        order_.push(entry);
      }
    }
  }

  /// The logical page that take() is to give. Only if there are dirty ones.
  Lpn oldest() {
    while (pages_[order_.front()].lpn == kNoLpn) {
      release(order_.front());
      order_.pop();
    }
    return pages_[order_.front()].lpn;
  }
  /// The oldest dirty entry, which becomes part of a program. Only if there is any.
  Entry take() {
    oldest();
    const auto entry = order_.front();
    order_.pop();
    --dirty_;
    release_dropped();
    return entry;
  }

  /// An entry's page is in flash, and its room free.
  void release(Entry entry) {
    auto& page = pages_[entry];
    if (page.lpn != kNoLpn) {
      erase_from_table(page.lpn);
    }
    --unwritten_in_epoch(page.epoch);
    page.next = free_;
    free_ = entry;
  }

  /// What is added from now on is not meant by a flush that comes now. Returns the epoch that ends.
  std::uint64_t end_epoch() { return epoch_++; }
  /// Whether all entries of an epoch and those before it are in flash.
  bool is_clean(std::uint64_t epoch) {
    while (!unwritten_.empty() && unwritten_.front() == 0 && oldest_ < epoch_) {
      unwritten_.erase(unwritten_.begin());
      ++oldest_;
    }
    return oldest_ > epoch || unwritten_.empty();
  }

 private:
  /// Those behind the last dirty entry, which nobody would come to.
  void release_dropped() {
    for (; dirty_ == 0 && !order_.empty(); order_.pop()) {
      release(order_.front());
    }
  }
  std::size_t place_of(Lpn lpn) const {
    const auto mask = table_.size() - 1;
    auto at = (index(lpn) * std::uint64_t{0x9e3779b97f4a7c15} >> 32) & mask;
    while (table_[at] != kNone && pages_[table_[at]].lpn != lpn) {
      at = (at + 1) & mask;
    }
    return at;
  }
  void erase_from_table(Lpn lpn) {
    const auto mask = table_.size() - 1;
    auto hole = place_of(lpn);
    table_[hole] = kNone;
    for (auto at = (hole + 1) & mask; table_[at] != kNone; at = (at + 1) & mask) {
      const auto entry = table_[at];
      table_[at] = kNone;
      table_[place_of(pages_[entry].lpn)] = entry;
    }
  }
  std::uint32_t& unwritten_in_epoch(std::uint64_t epoch) {
    if (unwritten_.empty()) {
      oldest_ = epoch;
    }
    while (oldest_ + unwritten_.size() <= epoch) {
      unwritten_.push_back(0);
    }
    return unwritten_[epoch - oldest_];
  }

  std::vector<Page> pages_;
  std::vector<Entry> table_;  // of current entries, by a hash of their logical pages
  Entry free_ = kNone;
  Fifo<Entry> order_;  // of the dirty ones
  std::uint32_t dirty_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t oldest_ = 0;              // epoch of the first of unwritten_
  std::vector<std::uint32_t> unwritten_;  // entries of each epoch that are not in flash
};

}  // namespace gantry::ssd
