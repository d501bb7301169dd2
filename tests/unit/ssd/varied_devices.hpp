#pragma once

#include <string>
#include <vector>

#include "reference_device.hpp"

namespace gantry::ssd {

struct VariedDevice {
  std::string name;
  Parameters parameters;
};

/// Small devices of every kind: all policies, with and without a buffer, and what else makes them
/// do something of their own.
inline std::vector<VariedDevice> varied_devices() {
  std::vector<VariedDevice> devices;
  const auto add = [&](std::string name, const Parameters& parameters) {
    devices.push_back({std::move(name), parameters});
  };
  for (const auto policy :
       {VictimPolicy::kGreedy, VictimPolicy::kDChoices, VictimPolicy::kCostBenefit,
        VictimPolicy::kFifo, VictimPolicy::kRandom}) {
    auto parameters = small_device();
    parameters.geometry.channels = 2;
    parameters.logical_pages *= 2;
    parameters.collection.victims = policy;
    const auto name = "policy " + std::to_string(static_cast<int>(policy));
    add(name, parameters);
    parameters.buffer = {.pages = 24, .latency = Nanos{1'000}};
    add(name + ", buffer", parameters);
  }
  auto packed = small_device();
  packed.geometry = {.channels = 2,
                     .chips_per_channel = 2,
                     .planes_per_die = 2,
                     .blocks_per_plane = 12,
                     .pages_per_block = 9,
                     .page_bytes = 16'384};
  packed.logical_pages = 8 * 5 * 32;
  packed.nand.cell_bits = 3;
  packed.nand.read = {Nanos{50'000}, Nanos{70'000}, Nanos{90'000}};
  packed.nand.program = {Nanos{500'000}, Nanos{2'000'000}, Nanos{5'000'000}};
  packed.buffer = {.pages = 64, .latency = Nanos{1'000}};
  packed.link = {3'000'000'000, Nanos{500}};
  add("four pages in one, two planes", packed);
  packed.suspend_program = packed.suspend_erase = true;
  packed.nand.suspend = Nanos{10'000};
  packed.nand.resume = Nanos{200'000};
  add("suspended for reads", packed);
  packed.collection.generations = 2;
  packed.wear.static_above = 2;
  packed.allocation = WriteAllocation::kIdleFirst;
  add("two generations, static wear leveling", packed);
  packed.collection.generations = 0;
  packed.wear.dynamic = false;
  packed.allocation = WriteAllocation::kStatic;
  add("survivors with what the host writes, no wear leveling", packed);
  packed.collection.preemptible = false;
  packed.collection.idle_below = 6;
  packed.die_order = DieOrder::kFirstCome;
  packed.front_end.queues = {{.weight = 1}, {.weight = 3}, {.weight = 1, .urgent = true}};
  packed.front_end.arbitration = Arbitration::kWeightedRoundRobin;
  packed.front_end.command_cost = Nanos{500};
  packed.front_end.commands_in_device = 4;
  add("collection in the background, weighted queues", packed);
  return devices;
}

}  // namespace gantry::ssd
