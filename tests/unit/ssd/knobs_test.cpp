#include <algorithm>
#include <functional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "reference_device.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {
namespace {

struct Figures {
  double read = 0;           // mean latency of reads
  double write = 0;          // of writes
  double most_read = 0;      // the longest
  double time = 0;           // until all has ended
  double amplification = 0;  // programs of flash pages for each written page
  double attributed = 0;
  double urgent = 0;  // mean latency of the second queue
};

/// 8 dies in steady state, and random reads and writes of two queues, 24 of them outstanding.
Figures figures(const Parameters& parameters) {
  Device device(parameters);
  fill_at_random(device, 1);
  Random random(1);
  constexpr int kCommands = 24'000;
  int submitted = 0;
  const auto submit = [&] {
    auto command = page_command(random.below(2) == 0 ? Opcode::kRead : Opcode::kWrite,
                                random.below(parameters.logical_pages), device.now());
    command.queue = static_cast<std::uint16_t>(submitted++ % 2);
    device.submit(command);
  };
  while (submitted < 24) {
    submit();
  }
  Figures sum;
  int reads = 0;
  while (const auto* const completion = device.next()) {
    const auto latency = static_cast<double>((completion->time - completion->command.time).count());
    const bool is_read = completion->command.opcode == Opcode::kRead;
    (is_read ? sum.read : sum.write) += latency;
    sum.most_read = is_read ? std::max(sum.most_read, latency) : sum.most_read;
    sum.urgent += completion->command.queue == 1 ? latency : 0;
    sum.attributed += static_cast<double>(completion->latency.die.count());
    reads += is_read ? 1 : 0;
    if (submitted < kCommands) {
      submit();
    }
  }
  sum.read /= reads;
  sum.write /= kCommands - reads;
  sum.time = static_cast<double>(device.now().count());
  const auto& counters = device.flash().counters();
  sum.amplification =
      static_cast<double>(counters.programs) / static_cast<double>(kCommands - reads);
  return sum;
}

Parameters eight_dies() {
  Parameters parameters;
  parameters.geometry = {
      .channels = 2, .chips_per_channel = 4, .blocks_per_plane = 64, .pages_per_block = 32};
  parameters.logical_pages = 8 * 32 * 48;
  parameters.link = {1'000'000'000, Nanos{500}};
  parameters.front_end.queues = {{.weight = 1}, {.weight = 1}};
  parameters.front_end.command_cost = Nanos{1'000};
  parameters.front_end.commands_in_device = 16;
  return parameters;
}

struct Knob {
  const char* name;
  std::function<void(Parameters&)> turn;
  double Figures::*figure;
  bool up;
  std::function<void(Parameters&)> before = [](Parameters&) {};
};

void PrintTo(const Knob& knob, std::ostream* out) {
  *out << knob.name;
}

class Knobs : public testing::TestWithParam<Knob> {};

TEST_P(Knobs, Matter) {
  auto parameters = eight_dies();
  GetParam().before(parameters);
  const auto before = figures(parameters).*GetParam().figure;
  GetParam().turn(parameters);
  const auto after = figures(parameters).*GetParam().figure;
  if (GetParam().up) {
    EXPECT_GT(after, before);
  } else {
    EXPECT_LT(after, before);
  }
}

using P = Parameters;
using F = Figures;

void suspending(P& p) {
  p.suspend_program = true;
  p.suspend_erase = true;
}
void buffered(P& p) {
  p.buffer = {.pages = 16, .latency = Nanos{1'000}, .programs_per_die = 1};
}
void slow_channel(P& p) {
  p.channel.bytes_per_second = 40'000'000;
}
void weighted(P& p) {
  p.front_end.arbitration = Arbitration::kWeightedRoundRobin;
}
void choosing(P& p) {
  p.collection.victims = VictimPolicy::kDChoices;
  p.collection.choices = 1;
}

INSTANTIATE_TEST_SUITE_P(
    Geometry, Knobs,
    testing::Values(
        Knob{"channels", [](P& p) { p.geometry.channels = 4, p.geometry.chips_per_channel = 2; },
             &F::read, false, slow_channel},
        Knob{"chips", [](P& p) { p.geometry.chips_per_channel *= 2, p.logical_pages *= 2; },
             &F::time, false},
        Knob{"dies", [](P& p) { p.geometry.dies_per_chip *= 2, p.logical_pages *= 2; }, &F::time,
             false},
        Knob{"planes", [](P& p) { p.geometry.planes_per_die *= 2; }, &F::amplification, false},
        Knob{"blocks", [](P& p) { p.geometry.blocks_per_plane += 8; }, &F::amplification, false},
        Knob{"pages_per_block", [](P& p) { p.geometry.pages_per_block += 4; }, &F::amplification,
             false},
        Knob{"page_bytes",
             [](P& p) { p.geometry.page_bytes *= 2, p.geometry.pages_per_block /= 2; },
             &F::amplification, false, buffered},
        Knob{"mapping_bytes",
             [](P& p) { p.geometry.mapping_bytes *= 2, p.geometry.page_bytes *= 2; }, &F::read,
             true},
        Knob{"logical_pages", [](P& p) { p.logical_pages += 8 * 32 * 4; }, &F::amplification,
             true}),
    [](const auto& knob) { return std::string(knob.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Nand, Knobs,
    testing::Values(
        Knob{"cell_bits", [](P& p) { p.nand.cell_bits = 2, p.nand.program[1] = Nanos{2'000'000}; },
             &F::time, true},
        Knob{"read", [](P& p) { p.nand.read[0] *= 2; }, &F::read, true},
        Knob{"program", [](P& p) { p.nand.program[0] *= 2; }, &F::write, true},
        Knob{"erase", [](P& p) { p.nand.erase *= 4; }, &F::time, true},
        Knob{"command", [](P& p) { p.nand.command *= 100; }, &F::read, true},
        Knob{"suspend_program", [](P& p) { p.suspend_program = true; }, &F::read, false},
        Knob{"suspend_erase", [](P& p) { p.suspend_erase = true; }, &F::read, false},
        Knob{"suspend", [](P& p) { p.nand.suspend = Nanos{100'000}; }, &F::read, true, suspending},
        Knob{"resume", [](P& p) { p.nand.resume = Nanos{100'000}; }, &F::write, true, suspending},
        Knob{"channel_speed", slow_channel, &F::read, true},
        Knob{"channel_latency", [](P& p) { p.channel.latency = Nanos{50'000}; }, &F::read, true},
        Knob{"die_order", [](P& p) { p.die_order = DieOrder::kFirstCome; }, &F::read, true}),
    [](const auto& knob) { return std::string(knob.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Host, Knobs,
    testing::Values(
        Knob{"link_speed", [](P& p) { p.link.bytes_per_second /= 20; }, &F::read, true},
        Knob{"link_latency", [](P& p) { p.link.latency *= 100; }, &F::read, true},
        Knob{"weight", [](P& p) { p.front_end.queues[1].weight = 8; }, &F::urgent, false, weighted},
        Knob{"urgent", [](P& p) { p.front_end.queues[1].urgent = true; }, &F::urgent, false},
        Knob{"arbitration", weighted, &F::urgent, false,
             [](P& p) { p.front_end.queues[1].weight = 8; }},
        Knob{"commands_in_device", [](P& p) { p.front_end.commands_in_device = 1; }, &F::time,
             true},
        Knob{"command_cost", [](P& p) { p.front_end.command_cost *= 1'000; }, &F::time, true},
        Knob{"page_cost", [](P& p) { p.front_end.page_cost = Nanos{1'000'000}; }, &F::time, true},
        Knob{"buffer", buffered, &F::write, false},
        Knob{"buffer_latency", [](P& p) { p.buffer.latency *= 1'000; }, &F::write, true,
             [](P& p) {
               buffered(p);
               p.buffer.pages = 1U << 14;  // room for all writes, so that none waits for flash
             }},
        Knob{"attribution", [](P& p) { p.attribution = false; }, &F::attributed, false}),
    [](const auto& knob) { return std::string(knob.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Translation, Knobs,
    testing::Values(
        Knob{"allocation", [](P& p) { p.allocation = WriteAllocation::kIdleFirst; }, &F::write,
             false, [](P& p) { p.allocation = WriteAllocation::kStatic; }},
        Knob{"victims", [](P& p) { p.collection.victims = VictimPolicy::kRandom; },
             &F::amplification, true},
        Knob{"choices", [](P& p) { p.collection.choices = 10; }, &F::amplification, false,
             choosing},
        Knob{"start_below", [](P& p) { p.collection.start_below = 8; }, &F::amplification, true},
        Knob{"idle_below", [](P& p) { p.collection.idle_below = 12; }, &F::amplification, true},
        Knob{"generations", [](P& p) { p.collection.generations = 4; }, &F::amplification, true},
        Knob{"preemptible", [](P& p) { p.collection.preemptible = false; }, &F::most_read, true}),
    [](const auto& knob) { return std::string(knob.param.name); });

TEST(Knobs, PlaneOrderDecidesWhereNeighboursAre) {
  for (const auto& [order, channels] : {std::pair{std::array{'C', 'W', 'D', 'P'}, 2U},
                                        std::pair{std::array{'W', 'C', 'D', 'P'}, 1U}}) {
    auto parameters = eight_dies();
    parameters.plane_order = order;
    Device device(parameters);
    fill_in_order(device);
    const auto& translation = device.flash().translation();
    const auto channel = [&](std::uint32_t lpn) {
      const auto& addresses = translation.addresses();
      return addresses.channel_of(addresses.die_of(
          addresses.plane_of(addresses.block_of(translation.pages().find(Lpn{lpn})))));
    };
    EXPECT_EQ(channel(0) == channel(1) ? 1U : 2U, channels);
  }
}

TEST(Knobs, ProgramsGivenToADieKeepAReadWaiting) {
  const auto read_after_burst = [](std::uint32_t programs) {
    auto parameters = small_device();
    parameters.die_order = DieOrder::kFirstCome;
    parameters.buffer = {.pages = 16, .latency = Nanos{0}, .programs_per_die = programs};
    Device device(parameters);
    fill_in_order(device);
    for (std::uint32_t lpn = 0; lpn < 8; ++lpn) {
      device.submit(page_command(Opcode::kWrite, lpn));
      device.next();
    }
    device.submit(page_command(Opcode::kRead, 100));
    return device.next()->time;
  };
  EXPECT_EQ(read_after_burst(4) - read_after_burst(1), 3 * Nanos{8'192 + 600'290});
}

/// Between the most and the least erased block, when few of the pages have been written often.
std::uint32_t spread(const Parameters& parameters) {
  Device device(parameters);
  fill_in_order(device);
  Random random(1);
  for (int write = 0; write < 20'000; ++write) {
    device.submit(page_command(Opcode::kWrite, random.below(100), device.now()));
    device.next();
  }
  std::uint32_t most = 0;
  std::uint32_t least = ~0U;
  for (std::uint32_t block = 0; block < parameters.geometry.blocks(); ++block) {
    const auto erases = device.flash().translation().blocks()[BlockId{block}].erases;
    most = std::max(most, erases);
    least = std::min(least, erases);
  }
  return most - least;
}

TEST(Knobs, WearLevelingMatters) {
  auto parameters = small_device();
  parameters.collection.start_below = 4;
  const auto with_dynamic = spread(parameters);
  parameters.wear.static_above = 10;
  EXPECT_LE(spread(parameters), 20U);
  EXPECT_GT(with_dynamic, 40U) << "cold blocks are not erased unless they are made to move";
  parameters.wear = {.dynamic = false};
  EXPECT_NE(spread(parameters), with_dynamic);
}

TEST(Knobs, SeedDecidesWhatIsDrawn) {
  auto parameters = eight_dies();
  choosing(parameters);
  const auto before = figures(parameters);
  parameters.seed = 2;
  EXPECT_NE(figures(parameters).time, before.time);
}

}  // namespace
}  // namespace gantry::ssd
