#include <algorithm>

#include "ssd/bus.hpp"
#include "ssd/theory.hpp"

namespace gantry::ssd::theory {
namespace {

double seconds(Nanos time) {
  return static_cast<double>(time.count()) * 1e-9;
}

Nanos on_channel(const Parameters& parameters, std::uint32_t bytes) {
  return transfer_time(bytes, parameters.channel) + parameters.channel.latency;
}

Nanos mean(const std::array<Nanos, kMaxCellBits>& times, std::uint32_t cell_bits) {
  Nanos sum{0};
  for (std::uint32_t type = 0; type < cell_bits; ++type) {
    sum += times[type];
  }
  return sum / cell_bits;
}

Nanos controller(const Parameters& parameters) {
  return parameters.front_end.command_cost + parameters.front_end.page_cost;
}

/// Pages a second, of a device that takes so long for each with all its dies, a channel and the
/// link.
double least(double dies, double channels, double link) {
  return std::min({dies, channels == 0 ? dies : channels, link == 0 ? dies : link});
}

double rate(double many, Nanos each) {
  return each == Nanos{0} ? 0 : many / seconds(each);
}

}  // namespace

Nanos read_time(const Parameters& parameters) {
  const auto& nand = parameters.nand;
  const auto bytes = parameters.geometry.mapping_bytes;
  return controller(parameters) + nand.command + nand.read[0] + on_channel(parameters, bytes) +
         transfer_time(bytes, parameters.link) + parameters.link.latency;
}

Nanos write_time(const Parameters& parameters) {
  const auto& nand = parameters.nand;
  const auto bytes = parameters.geometry.mapping_bytes;
  return controller(parameters) + transfer_time(bytes, parameters.link) + parameters.link.latency +
         on_channel(parameters, bytes) + nand.command + nand.program[0];
}

double most_reads(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  const auto& nand = parameters.nand;
  const auto transfer = on_channel(parameters, geometry.mapping_bytes);
  return least(rate(geometry.dies(), nand.command + mean(nand.read, nand.cell_bits) + transfer),
               rate(geometry.channels, transfer),
               rate(1, transfer_time(geometry.mapping_bytes, parameters.link)));
}

double most_sequential_writes(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  const auto& nand = parameters.nand;
  const auto transfer = on_channel(parameters, geometry.page_bytes);
  const auto slots = geometry.slots_per_page();
  return least(
      slots * rate(geometry.dies(), transfer + nand.command + mean(nand.program, nand.cell_bits)),
      slots * rate(geometry.channels, transfer),
      rate(1, transfer_time(geometry.mapping_bytes, parameters.link)));
}

double most_random_writes(const Parameters& parameters, double amplification) {
  const auto& geometry = parameters.geometry;
  const auto& nand = parameters.nand;
  const auto transfer = on_channel(parameters, geometry.page_bytes);
  const auto read = seconds(nand.command + mean(nand.read, nand.cell_bits) + transfer);
  const auto program = seconds(transfer + nand.command + mean(nand.program, nand.cell_bits));
  const auto erase = seconds(nand.command + nand.erase) * amplification / geometry.pages_per_block;
  return geometry.dies() / (program + (amplification - 1) * (read + program) + erase);
}

}  // namespace gantry::ssd::theory
