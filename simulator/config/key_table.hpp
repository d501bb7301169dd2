#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "config/description.hpp"

namespace gantry::config {

/// What the value of a key is.
enum class Kind : std::uint8_t {
  kText,
  kCount,  ///< an integer
  kTime,
  kSize,
  kRate,
  kShare,
  kEnergy,
  kPower,
  kChoice,  ///< one of the key's choices
  kFlag,
  kTimes,       ///< a time for each type of page, or one for all
  kQueues,      ///< an array of objects, of which queue_keys() tells
  kNamespaces,  ///< an array of objects, of which namespace_forms() tells
  kExtent,      ///< a size, or a share of the capacity
};

/// One key of a description: what reading, writing, validation, the schema and the reference are
/// made from.
struct KeyForm {
  std::string_view pointer;
  Kind kind = Kind::kCount;
  std::string_view meaning;  ///< a sentence for the reference
  std::string_view example;  ///< a value, without its quotes
  std::uint64_t least = 0;   ///< of a number or quantity, in its base unit
  std::uint64_t most = 0;
  std::span<const std::string_view> choices = {};
  bool is_of_mapping_units = false;  ///< must be a multiple of them
};

/// How a value is put into a description and taken from it. A choice is its number, a flag 0 or 1.
template <class Owner>
struct Key {
  KeyForm form;
  std::uint64_t (*get)(const Owner&) = nullptr;  ///< null: it is not written
  void (*set)(Owner&, std::uint64_t) = nullptr;
  std::string Description::*text = nullptr;                                     ///< of a kText
  std::array<ssd::Nanos, ssd::kMaxCellBits> ssd::NandTiming::*times = nullptr;  ///< of a kTimes
};

/// All keys of a description in their order, in which a key follows those that its meaning needs.
std::span<const Key<Description>> keys();

/// The keys of one of the front end's queues, their pointers relative to it.
std::span<const Key<ssd::HostQueue>> queue_keys();

/// The keys of a namespace, their pointers relative to it: name and size.
std::span<const KeyForm> namespace_forms();

inline constexpr std::size_t kMostNamespaces = 128;
inline constexpr std::size_t kMostQueues = 64;
inline constexpr std::uint64_t kLongestTime = 1'000'000'000'000;  ///< 1000 s
inline constexpr std::size_t kLongestText = 2'000;                ///< bytes

}  // namespace gantry::config
