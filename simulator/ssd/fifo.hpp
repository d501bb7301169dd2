#pragma once

#include <cstddef>
#include <vector>

namespace gantry::ssd {

/// A queue that takes no memory from the system once it has been as long as it gets.
template <class T>
class Fifo {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& front() const { return ring_[first_]; }
  /// The one after so many others.
  const T& operator[](std::size_t at) const { return ring_[(first_ + at) & (ring_.size() - 1)]; }

  void push(const T& item) {
    if (size_ == ring_.size()) {
      grow();
    }
    ring_[(first_ + size_) & (ring_.size() - 1)] = item;
    ++size_;
  }
  void pop() {
    first_ = (first_ + 1) & (ring_.size() - 1);
    --size_;
  }

 private:
  void grow() {
    std::vector<T> larger(ring_.size() * 2);
    for (std::size_t at = 0; at < size_; ++at) {
      larger[at] = ring_[(first_ + at) & (ring_.size() - 1)];
    }
    ring_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> ring_ = std::vector<T>(16);  // always a power of two
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace gantry::ssd
