#include "config/validation.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "config/key_table.hpp"
#include "config/quantity.hpp"
#include "config/value.hpp"
#include "ssd/translation.hpp"
#include "ssd/wide.hpp"

namespace gantry::config {

namespace {

using ssd::Nanos;
using ssd::Parameters;
using ssd::Wide;

constexpr std::uint64_t kMostDies = 65'536;
constexpr std::uint64_t kMostPlanes = 262'144;
constexpr std::uint64_t kMostSlots = 0xffff'fffe;  // one below the number that means none
constexpr std::uint64_t kMostSlotsOfPage = 4'096;
constexpr std::uint64_t kMostBuffered = 16'777'216;

std::string size_text(std::uint64_t bytes) {
  return format_quantity(bytes, Measure::kSize);
}

/// What each value must be by itself.
void check_values(const Description& description, std::vector<Problem>& problems) {
  for (const auto& key : keys()) {
    if (key.get != nullptr) {
      const auto value = key.get(description);
      if (!is_in_range(key.form, value)) {
        problems.push_back({std::string(key.form.pointer),
                            fmt::format("expected {}, found {}", expectation(key.form),
                                        value_text(key.form, value))});
      }
    }
  }
  const auto& queues = description.parameters.front_end.queues;
  if (queues.empty() || queues.size() > kMostQueues) {
    problems.push_back({"/front_end/queues", fmt::format("expected 1 to {} queues, found {}",
                                                         kMostQueues, queues.size())});
  }
  for (std::size_t i = 0; i < std::min(queues.size(), kMostQueues); ++i) {
    for (const auto& key : queue_keys()) {
      if (const auto value = key.get(queues[i]); !is_in_range(key.form, value)) {
        problems.push_back({fmt::format("/front_end/queues/{}{}", i, key.form.pointer),
                            fmt::format("expected {}, found {}", expectation(key.form),
                                        value_text(key.form, value))});
      }
    }
  }
}

void check_times(const Description& description, std::vector<Problem>& problems) {
  const auto& nand = description.parameters.nand;
  for (const auto& key : keys()) {
    if (key.times == nullptr) {
      continue;
    }
    const auto& times = nand.*key.times;
    for (std::uint32_t type = 0; type < times.size(); ++type) {
      const auto pointer = fmt::format("{}/{}", key.form.pointer, type);
      if (times[type] < Nanos{0} || times[type] > Nanos{kLongestTime}) {
        problems.push_back({pointer, fmt::format("expected {}, found {}", expectation(key.form),
                                                 fmt::format("{}ns", times[type].count()))});
      } else if (type >= nand.cell_bits && times[type] != Nanos{0}) {
        problems.push_back(
            {pointer, fmt::format("a cell of {} bits has no such type of page", nand.cell_bits)});
      }
    }
  }
}

/// What the numbers of all things multiply to.
void check_sizes(const Parameters& parameters, std::vector<Problem>& problems) {
  const auto& geometry = parameters.geometry;
  if (geometry.page_bytes % geometry.mapping_bytes != 0) {
    problems.push_back(
        {"/geometry/mapping_unit",
         fmt::format("a page of {} is no multiple of a mapping unit of {}",
                     size_text(geometry.page_bytes), size_text(geometry.mapping_bytes))});
    return;
  }
  const auto product = [](auto... factors) { return (Wide{1} * ... * factors); };
  const auto dies = product(geometry.channels, geometry.chips_per_channel, geometry.dies_per_chip);
  const auto planes = dies * geometry.planes_per_die;
  const auto slots = product(planes, geometry.blocks_per_plane, geometry.pages_per_block,
                             geometry.slots_per_page());
  const auto limit = [&](const char* pointer, Wide number, std::uint64_t most, const char* what) {
    if (number > most) {
      problems.push_back(
          {pointer, number > std::numeric_limits<std::uint64_t>::max()
                        ? fmt::format("more than {} {}", most, what)
                        : fmt::format("{} {}, of which there can be {}",
                                      static_cast<std::uint64_t>(number), what, most)});
    }
  };
  limit("/geometry", dies, kMostDies, "dies");
  limit("/geometry", planes, kMostPlanes, "planes");
  limit("/geometry/mapping_unit", geometry.slots_per_page(), kMostSlotsOfPage,
        "logical pages in a page of flash");
  limit("/geometry", slots, kMostSlots, "logical pages, spare ones included");
}

/// Whether garbage collection has what it needs. See ssd::most_live().
void check_spare(const Parameters& parameters, std::vector<Problem>& problems) {
  const auto& geometry = parameters.geometry;
  const auto& rules = parameters.collection;
  const auto reserve = ssd::reserved_blocks(rules);
  if (geometry.blocks_per_plane <= reserve) {
    problems.push_back(
        {"/geometry/blocks_per_plane",
         fmt::format(
             "expected more than {}, which garbage collection needs with start_below {} and "
             "generations {}, found {}",
             reserve, rules.start_below, rules.generations, geometry.blocks_per_plane)});
    return;
  }
  if (rules.idle_below > geometry.blocks_per_plane) {
    problems.push_back({"/garbage_collection/idle_below",
                        fmt::format("{} free blocks of a plane that has {}", rules.idle_below,
                                    geometry.blocks_per_plane)});
  }
  const auto most = std::uint64_t{geometry.planes()} * ssd::most_live(parameters) - 1;
  if (parameters.logical_pages == 0 || parameters.logical_pages > most) {
    // Rounded up, so that what is proposed is enough.
    constexpr std::uint64_t kWhole = 1'000'000;
    const auto share = (Wide{geometry.slots()} * kWhole + most - 1) / most - kWhole;
    problems.push_back(
        {"/capacity",
         fmt::format(
             "expected less than {}, or over_provisioning of {} or more, which leaves the {} "
             "blocks of each plane that garbage collection needs; found {}",
             size_text((most + 1) * geometry.mapping_bytes),
             format_quantity(static_cast<std::uint64_t>(share), Measure::kShare), reserve,
             size_text(std::uint64_t{parameters.logical_pages} * geometry.mapping_bytes))});
  }
}

void check_buffer(const Parameters& parameters, std::vector<Problem>& problems) {
  const auto pages = parameters.buffer.pages;
  const auto& geometry = parameters.geometry;
  if (pages != 0 && (pages < geometry.slots_per_page() || pages > kMostBuffered)) {
    problems.push_back({"/write_buffer/size",
                        fmt::format("expected 0B, or from a page of flash, {}, to {}, found {}",
                                    size_text(geometry.page_bytes),
                                    size_text(kMostBuffered * geometry.mapping_bytes),
                                    size_text(std::uint64_t{pages} * geometry.mapping_bytes))});
  }
}

}  // namespace

std::vector<Problem> validate(const Parameters& parameters) {
  std::vector<Problem> problems;
  const Description description{"", "", parameters, {}};
  check_values(description, problems);
  check_times(description, problems);
  if (problems.empty()) {
    check_sizes(parameters, problems);
  }
  if (problems.empty()) {
    check_spare(parameters, problems);
    check_buffer(parameters, problems);
  }
  return problems;
}

}  // namespace gantry::config
