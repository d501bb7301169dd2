#pragma once

#include <cstdint>

#include "ssd/types.hpp"

namespace gantry::ssd {

/// What a die does at a time, for whoever looks on.
struct Activity {
  enum class Kind : std::uint8_t {
    kIdle,
    kRead,     ///< from the array
    kReadOut,  ///< for the channel, and over it
    kProgram,  ///< for the channel, over it, and into the array
    kErase,
    kSuspend,
    kResume,
  };
  static constexpr std::uint32_t kNoOp = 0xffffffff;

  Kind kind = Kind::kIdle;
  Nanos begin{0};
  Nanos end = kNever;                ///< if nothing comes between
  Nanos on_channel = kNever;         ///< until when the channel is taken for it; kNever: it is not
  std::uint32_t op = kNoOp;          ///< the operation that it does; kNoOp: none, or collection
  PlaneId plane{0};                  ///< of the collection
  BlockId victim = kNoBlock;         ///< of the collection; kNoBlock: it is none
  std::uint32_t valid_at_begin = 0;  ///< slots of the victim, when its collection began
  std::uint32_t room_at_begin = 0;   ///< of the plane, see Translation::room()

  bool collects() const { return victim != kNoBlock; }
  bool operator==(const Activity&) const = default;
};

}  // namespace gantry::ssd
