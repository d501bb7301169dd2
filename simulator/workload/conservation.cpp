#include "workload/conservation.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace gantry::workload {

namespace {

base::Error broken(std::string_view law, std::string sides) {
  return {fmt::format("the simulation has broken a law of conservation, {}: {}", law, sides), "",
          "this is a fault of the simulator; please report it with the device, workload and seed"};
}

}  // namespace

Holdings take_stock(const ssd::Device& device) {
  const auto& blocks = device.flash().translation().blocks();
  const auto count = device.parameters().geometry.blocks();
  Holdings result;
  result.least_erases = std::numeric_limits<std::uint32_t>::max();
  for (std::uint32_t at = 0; at < count; ++at) {
    const auto& block = blocks[ssd::BlockId{at}];
    result.valid += block.valid;
    result.full_blocks +=
        block.state == ssd::BlockState::kClosed || block.state == ssd::BlockState::kVictim;
    result.open_blocks += block.state == ssd::BlockState::kOpen;
    result.erases += block.erases;
    result.least_erases = std::min(result.least_erases, block.erases);
    result.most_erases = std::max(result.most_erases, block.erases);
  }
  return result;
}

base::Result<void> check_conservation(const ssd::Device& device, const Before& before,
                                      std::uint64_t generated, std::uint64_t serviced) {
  if (generated != serviced || device.outstanding() != 0) {
    return broken("serviced = generated", fmt::format("{} != {}, {} outstanding", serviced,
                                                      generated, device.outstanding()));
  }
  const auto& flash = device.flash();
  const auto& geometry = device.parameters().geometry;
  const auto& counters = flash.counters();
  const auto holdings = take_stock(device);
  const auto mapped = flash.translation().pages().mapped();
  if (holdings.valid != mapped) {
    return broken("valid = mapped", fmt::format("{} != {}", holdings.valid, mapped));
  }
  const auto erases = counters.erases - before.counters.erases;
  if (holdings.erases - before.holdings.erases != erases) {
    return broken("erases of blocks = erases counted",
                  fmt::format("{} != {}", holdings.erases - before.holdings.erases, erases));
  }
  const auto programs = counters.programs - before.counters.programs;
  const auto since = [&](std::uint64_t ssd::FlashCounters::*counter) {
    return counters.*counter - before.counters.*counter;
  };
  const auto held = since(&ssd::FlashCounters::host_pages) +
                    since(&ssd::FlashCounters::moved_pages) +
                    since(&ssd::FlashCounters::empty_pages);
  if (held != programs * geometry.slots_per_page()) {
    return broken("programs = host + moved + empty pages",
                  fmt::format("{} pages in {} programs", held, programs));
  }
  // Open blocks hold anything from one page to all but one.
  const auto pages = [&](std::uint64_t full) { return full * geometry.pages_per_block; };
  const auto least = pages(holdings.full_blocks + erases);
  const auto had_most = pages(before.holdings.full_blocks + before.holdings.open_blocks);
  const auto most = pages(holdings.full_blocks + holdings.open_blocks + erases);
  const auto had_least = pages(before.holdings.full_blocks);
  if (programs + had_most < least || programs + had_least > most) {
    return broken("programs = pages filled",
                  fmt::format("{} programs, from {} to {} pages filled", programs,
                              least < had_most ? 0 : least - had_most, most - had_least));
  }
  return {};
}

}  // namespace gantry::workload
