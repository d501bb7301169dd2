#include "oracle/overwrite.hpp"

#include <cmath>

#include "oracle/host.hpp"
#include "ssd/device.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"

namespace gantry::oracle {
namespace {

constexpr std::uint32_t kBlocks = 2048;
constexpr std::uint32_t kDepth = 8;

}  // namespace

ssd::Parameters one_die(double spare, std::uint32_t pages_per_block) {
  ssd::Parameters parameters;
  parameters.geometry = {.channels = 1,
                         .chips_per_channel = 1,
                         .blocks_per_plane = kBlocks,
                         .pages_per_block = pages_per_block};
  parameters.channel.bytes_per_second = 0;
  parameters.nand.command = ssd::Nanos{0};
  parameters.nand.read = {ssd::Nanos{10}};
  parameters.nand.program = {ssd::Nanos{10}};
  parameters.nand.erase = ssd::Nanos{10};
  parameters.collection.start_below = 2;
  parameters.collection.generations = 0;
  parameters.attribution = false;
  parameters.logical_pages =
      static_cast<std::uint32_t>(std::lround((1 - spare) * (kBlocks - 2) * pages_per_block));
  return parameters;
}

double amplification(const ssd::Parameters& parameters, const Overwrites& overwrites) {
  ssd::Device device(parameters);
  ssd::fill_at_random(device, 1);
  const Laws laws(device);
  ssd::Random random(2);
  const auto pages = parameters.logical_pages;
  const auto hot = static_cast<std::uint32_t>(std::lround(overwrites.traffic.pages * pages));
  const auto& map = device.flash().translation().pages();
  const auto make = [&] {
    if (overwrites.trims > 0 && random.unit() < overwrites.trims) {
      for (;;) {
        const auto lpn = random.below(pages);
        if (map.find(ssd::Lpn{lpn}) != ssd::kNoSlot) {
          return page_command(ssd::Opcode::kTrim, lpn);
        }
      }
    }
    const bool is_hot = random.unit() < overwrites.traffic.writes;
    return page_command(ssd::Opcode::kWrite,
                        is_hot ? random.below(hot) : hot + random.below(pages - hot));
  };
  keep_outstanding(device, kDepth, std::uint64_t{overwrites.warm_up} * pages, make);
  const auto before = device.flash().counters();
  keep_outstanding(device, kDepth, std::uint64_t{overwrites.measured} * pages, make);
  const auto& after = device.flash().counters();
  if (laws.broken_since(device) != 0) {
    return -1;
  }
  return static_cast<double>(after.programs - before.programs) /
         static_cast<double>(after.host_pages - before.host_pages);
}

}  // namespace gantry::oracle
