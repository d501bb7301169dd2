#include "config/figures.hpp"

#include <algorithm>

#include "ssd/bus.hpp"
#include "ssd/steady_state.hpp"
#include "ssd/theory.hpp"

namespace gantry::config {

namespace {

using ssd::Nanos;
using ssd::Parameters;

/// For how long an operation keeps one of each resource busy.
struct Work {
  Nanos die{0};
  Nanos channel{0};
  Nanos link{0};
  Nanos controller{0};
};

/// The least bound first. units are what one operation is counted as.
std::vector<Bound> bounds(const Parameters& parameters, const Work& work, double units) {
  std::vector<Bound> all;
  const auto add = [&](std::string_view resource, std::uint32_t many, Nanos busy) {
    if (busy > Nanos{0}) {
      all.push_back({resource, units * many * 1e9 / static_cast<double>(busy.count())});
    }
  };
  add("dies", parameters.geometry.dies(), work.die);
  add("channels", parameters.geometry.channels, work.channel);
  add("link", 1, work.link);
  add("controller", 1, work.controller);
  std::stable_sort(all.begin(), all.end(),
                   [](const Bound& a, const Bound& b) { return a.per_second < b.per_second; });
  return all;
}

Nanos mean(const std::array<Nanos, ssd::kMaxCellBits>& times, std::uint32_t types) {
  Nanos sum{0};
  for (std::uint32_t type = 0; type < types; ++type) {
    sum += times[type];
  }
  return sum / types;
}

/// Of a read or program that moves so many bytes; array is the time of the cells.
Work work(const Parameters& parameters, std::uint32_t bytes, Nanos array, Nanos controller) {
  const auto channel = transfer_time(bytes, parameters.channel) + parameters.channel.latency;
  return {parameters.nand.command + array + channel, channel, transfer_time(bytes, parameters.link),
          controller};
}

}  // namespace

Figures figures(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  const auto& nand = parameters.nand;
  Figures result;
  result.raw_bytes = geometry.raw_bytes();
  result.user_bytes = std::uint64_t{parameters.logical_pages} * geometry.mapping_bytes;
  const auto spare = static_cast<double>(result.raw_bytes - result.user_bytes);
  result.spare_factor = spare / static_cast<double>(result.raw_bytes);
  result.over_provisioning = spare / static_cast<double>(result.user_bytes);
  for (std::uint32_t type = 0; type < nand.cell_bits; ++type) {
    auto of_type = parameters;
    of_type.nand.read[0] = nand.read[type];
    of_type.nand.program[0] = nand.program[type];
    result.read.push_back(ssd::theory::read_time(of_type));
    result.write.push_back(ssd::theory::write_time(of_type));
  }
  const auto& costs = parameters.front_end;
  const bool is_buffered = parameters.buffer.pages != 0;
  if (is_buffered) {
    result.buffered_write = costs.command_cost + costs.page_cost +
                            transfer_time(geometry.mapping_bytes, parameters.link) +
                            parameters.link.latency + parameters.buffer.latency;
  }
  const auto read = mean(nand.read, nand.cell_bits);
  const auto program = mean(nand.program, nand.cell_bits);
  // Commands are taken to be so long that what each costs does not count.
  const auto page_cost = costs.page_cost * geometry.slots_per_page();
  result.sequential_read = bounds(
      parameters, work(parameters, geometry.page_bytes, read, page_cost), geometry.page_bytes);
  result.sequential_write = bounds(
      parameters, work(parameters, geometry.page_bytes, program, page_cost), geometry.page_bytes);
  result.random_read = bounds(
      parameters,
      work(parameters, geometry.mapping_bytes, read, costs.command_cost + costs.page_cost), 1);
  result.amplification = ssd::SteadyState(parameters).amplification();
  const auto packed = is_buffered ? geometry.slots_per_page() : 1;
  result.random_write_bytes = geometry.page_bytes / packed;
  result.random_write = packed * ssd::theory::most_random_writes(parameters, result.amplification);
  return result;
}

}  // namespace gantry::config
