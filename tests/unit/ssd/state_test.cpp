#include <gtest/gtest.h>

#include "memory_archive.hpp"
#include "random_host.hpp"
#include "ssd/precondition.hpp"
#include "varied_devices.hpp"

namespace gantry::ssd {
namespace {

void expect_equal(const std::vector<Completion>& one, const std::vector<Completion>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t at = 0; at < one.size(); ++at) {
    const auto bytes = [](const Latency& latency) {
      return std::vector{latency.queue, latency.buffer,     latency.channel,
                         latency.die,   latency.collection, latency.link};
    };
    ASSERT_EQ(one[at].command.tag, other[at].command.tag) << at;
    ASSERT_EQ(one[at].time, other[at].time) << at;
    ASSERT_EQ(bytes(one[at].latency), bytes(other[at].latency)) << at;
  }
}

/// A run that is continued from a restored state is the one that was not interrupted.
void check(const VariedDevice& varied, std::uint64_t seed, bool is_filled) {
  SCOPED_TRACE(varied.name + ", seed " + std::to_string(seed));
  Device device(varied.parameters);
  if (is_filled) {
    fill_at_random(device, seed);
    ASSERT_EQ(device.fault(seed), nullptr);
  }
  RandomHost host(seed);
  for (int round = 0; round < 20; ++round) {
    host.run(device, 50);
    const auto state = state_of(device);
    ASSERT_EQ(device.fault(seed), nullptr);
    Device restored(varied.parameters);
    MemoryReader reader(state);
    restored.transfer(reader);
    ASSERT_TRUE(reader.is_good());
    ASSERT_EQ(restored.fault(seed), nullptr);
    ASSERT_EQ(state_of(restored), state);
    auto other_host = host;
    const auto going_on = other_host;
    expect_equal(other_host.run(restored, 60), RandomHost(going_on).run(device, 60));
    ASSERT_EQ(restored.link_busy(), device.link_busy());
    ASSERT_EQ(state_of(restored), state_of(device));
    host = other_host;
  }
}

TEST(State, ARunGoesOnFromARestoredOneAsWithoutIt) {
  for (const auto& varied : varied_devices()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      check(varied, seed, false);
      if (!HasFatalFailure() && seed <= 2) {
        check(varied, seed, true);
      }
    }
  }
}

TEST(State, AQueueKeepsWhatIsLeftOfItsTurn) {
  auto parameters = small_device();
  parameters.front_end.queues = {{.weight = 1}, {.weight = 3}};
  parameters.front_end.arbitration = Arbitration::kWeightedRoundRobin;
  parameters.front_end.commands_in_device = 1;
  const auto go_on = [](Device& device) {
    for (std::uint16_t at = 0; at < 8; ++at) {
      auto command = page_command(Opcode::kWrite, at, device.now());
      command.queue = at % 2 == 0 ? 1 : 0;
      command.tag = at;
      device.submit(command);
    }
    std::vector<std::uint64_t> order;
    while (const auto* const completion = device.next()) {
      order.push_back(completion->command.tag);
    }
    return order;
  };
  Device device(parameters);
  auto command = page_command(Opcode::kWrite, 1);
  command.queue = 1;
  device.submit(command);
  ASSERT_NE(device.next(), nullptr);
  const auto state = state_of(device);
  Device restored(parameters);
  MemoryReader reader(state);
  restored.transfer(reader);
  Device fresh(parameters);
  const auto order = go_on(restored);
  EXPECT_EQ(order, go_on(device));
  EXPECT_NE(order, go_on(fresh)) << "the case shows nothing";
}

}  // namespace
}  // namespace gantry::ssd
