#pragma once

#include "ssd/types.hpp"

namespace gantry::ssd {

/// Where the time of an operation in flash went.
struct FlashLatency {
  Nanos channel{0};     ///< for the channel, and on it
  Nanos die{0};         ///< for the die, and of the array itself
  Nanos collection{0};  ///< while garbage collection had the die
};

/// Where the time of a command went; the parts sum up to its latency exactly. Of a command of
/// several pages it is the way of the page that ended last.
struct Latency {
  Nanos queue{0};       ///< until the controller had taken it up, and the controller's own work
  Nanos buffer{0};      ///< for room in the write buffer, and its access
  Nanos channel{0};     ///< for the channel, and on it
  Nanos die{0};         ///< for the die, and of the array itself
  Nanos collection{0};  ///< while garbage collection had the die
  Nanos link{0};        ///< for the link to the host, and on it

  Nanos total() const { return queue + buffer + channel + die + collection + link; }
  Latency& operator+=(const Latency& other) {
    queue += other.queue;
    buffer += other.buffer;
    channel += other.channel;
    die += other.die;
    collection += other.collection;
    link += other.link;
    return *this;
  }
};

}  // namespace gantry::ssd
