#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ssd/energy.hpp"
#include "ssd/geometry.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// Flash pages of one block differ: page n is of type n modulo the bits per cell.
inline constexpr std::uint32_t kMaxCellBits = 4;

struct NandTiming {
  std::uint32_t cell_bits = 1;                          ///< 1 SLC, 2 MLC, 3 TLC, 4 QLC
  std::array<Nanos, kMaxCellBits> read{Nanos{50'000}};  ///< array to page register, by page type
  std::array<Nanos, kMaxCellBits> program{Nanos{600'000}};
  Nanos erase{3'000'000};
  Nanos command{290};  ///< command and address cycles, before every operation, at its die
  Nanos suspend{0};    ///< from the request until a suspended die can read
  Nanos resume{0};     ///< what going on costs after that

  bool operator==(const NandTiming&) const = default;
};

/// A bus or link that takes one transfer after another.
struct TransferTiming {
  std::uint64_t bytes_per_second = 0;  ///< 0: transfers take no time
  Nanos latency{0};                    ///< of each transfer, without occupying the link

  bool operator==(const TransferTiming&) const = default;
};

enum class Arbitration : std::uint8_t { kRoundRobin, kWeightedRoundRobin };

struct HostQueue {
  std::uint32_t weight = 1;  ///< commands in a turn, if arbitration is weighted
  bool urgent = false;       ///< strictly before all that are not

  bool operator==(const HostQueue&) const = default;
};

struct FrontEnd {
  std::vector<HostQueue> queues{HostQueue{}};
  Arbitration arbitration = Arbitration::kRoundRobin;
  std::uint32_t commands_in_device = 0;  ///< that are at work at a time; 0: as many as there are
  Nanos command_cost{0};                 ///< of the controller's processor, one command at a time
  Nanos page_cost{0};                    ///< further, for each logical page

  bool operator==(const FrontEnd&) const = default;
};

enum class WriteAllocation : std::uint8_t {
  kStatic,      ///< plane by logical page number
  kRoundRobin,  ///< the next plane for each page
  kIdleFirst,   ///< the next plane of which the die is idle, or else the next one
};

enum class VictimPolicy : std::uint8_t { kGreedy, kDChoices, kCostBenefit, kFifo, kRandom };

enum class DieOrder : std::uint8_t {
  kFirstCome,   ///< reads and writes in the order of their arrival
  kReadsFirst,  ///< reads before writes
};

/// Collection keeps pace with the host: while a plane has less room than it is to keep, what the
/// host wants to program there waits until collection has made room for it. Room are the slots that
/// can be programmed, and those of the block that is being emptied that hold nothing any more.
struct GarbageCollection {
  VictimPolicy victims = VictimPolicy::kGreedy;
  std::uint32_t choices = 10;     ///< of kDChoices
  std::uint32_t start_below = 3;  ///< room to keep in a plane, in blocks, beyond one a generation
  std::uint32_t idle_below = 0;   ///< the same for a die without other work, if that is more
  std::uint32_t generations =
      1;                    ///< frontiers for what has survived collections; 0: with the host's
  bool preemptible = true;  ///< lets host operations go first between two pages

  bool operator==(const GarbageCollection&) const = default;
};

struct WearLeveling {
  bool dynamic = true;             ///< of free blocks the one with the fewest erases is taken
  std::uint32_t static_above = 0;  ///< difference of erases that makes a cold block move; 0: none

  bool operator==(const WearLeveling&) const = default;
};

struct BufferRules {
  std::uint32_t pages = 0;             ///< logical pages; 0: a write ends when it is in flash
  Nanos latency{0};                    ///< of putting a page into it, or of reading one from it
  std::uint32_t programs_per_die = 2;  ///< that wait or run, at which no more are given to a die

  bool operator==(const BufferRules&) const = default;
};

/// All that decides what a device does. config::validate() says whether a device can be so.
struct Parameters {
  Geometry geometry;
  std::uint32_t logical_pages = 0;
  NandTiming nand;
  TransferTiming channel{500'000'000, Nanos{0}};
  TransferTiming link;
  FrontEnd front_end;
  std::array<char, 4> plane_order{'C', 'W', 'D',
                                  'P'};  ///< what changes first: channel, way (chip), die, plane
  WriteAllocation allocation = WriteAllocation::kRoundRobin;
  DieOrder die_order = DieOrder::kReadsFirst;
  bool suspend_program = false;
  bool suspend_erase = false;
  GarbageCollection collection;
  WearLeveling wear;
  BufferRules buffer;
  Energy energy;
  bool attribution = true;  ///< where the time of each command went
  std::uint64_t seed = 1;

  bool operator==(const Parameters&) const = default;
};

}  // namespace gantry::ssd
