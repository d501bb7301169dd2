#include <fmt/format.h>

#include "oracle/by_the_book.hpp"
#include "oracle/host.hpp"
#include "oracle/oracles.hpp"
#include "oracle/reference.hpp"
#include "ssd/bus.hpp"
#include "ssd/precondition.hpp"
#include "ssd/random.hpp"
#include "ssd/theory.hpp"

namespace gantry::oracle {

namespace theory = ssd::theory;
using ssd::Device;
using ssd::Nanos;
using ssd::Opcode;

ssd::Parameters reference_device() {
  ssd::Parameters parameters;
  parameters.link = {3'079'699'248, Nanos{0}};
  parameters.logical_pages = 7U << 18U;
  parameters.die_order = ssd::DieOrder::kFirstCome;
  parameters.allocation = ssd::WriteAllocation::kStatic;
  return parameters;
}

namespace {

Seen random_pages(Device& device, Opcode opcode, std::uint32_t depth, std::uint64_t commands,
                  std::uint64_t seed = 1) {
  ssd::Random random(seed);
  return keep_outstanding(device, depth, commands, [&] {
    return page_command(opcode, random.below(device.parameters().logical_pages));
  });
}

Seen in_order(Device& device, Opcode opcode, std::uint32_t depth, std::uint32_t pages,
              std::uint64_t commands) {
  std::uint32_t lpn = 0;
  return keep_outstanding(device, depth, commands, [&] {
    auto command = page_command(opcode, lpn);
    command.pages = pages;
    lpn += pages;
    return command;
  });
}

void add_exact(Section& section, const char* what, Nanos known, const Seen& seen) {
  const auto nanos = static_cast<double>(known.count());
  section.rows.push_back({fmt::format("{}, least", what), nanos, nanos,
                          static_cast<double>(seen.latencies.least()), 0});
  section.rows.push_back(
      {fmt::format("{}, most", what), nanos, nanos, static_cast<double>(seen.latencies.most()), 0});
}

void add(Section& section, std::string what, double known, double simulated, double tolerance) {
  section.rows.push_back({std::move(what), known, known, simulated, tolerance});
}

}  // namespace

Section arithmetic() {
  Section section;
  section.digits = 0;
  section.text =
      "Latencies of one command at a time, in nanoseconds, which must be those of hand "
      "calculation: "
      "for a page the sum of its parts, for 32 pages in order what the 4 dies of a channel and the "
      "link let through. All must be the same, so the least and the most are compared.";
  const auto parameters = reference_device();
  const auto& nand = parameters.nand;
  constexpr std::uint32_t kPages = 32;
  constexpr Nanos kTransfer{8'192};
  const auto link = ssd::transfer_time(4096, parameters.link);
  {
    Device device(parameters);
    ssd::fill_in_order(device);
    add_exact(section, "random reads of a page", theory::read_time(parameters),
              random_pages(device, Opcode::kRead, 1, 100'000));
  }
  {
    Device device(parameters);
    add_exact(section, "random writes of a page", theory::write_time(parameters),
              random_pages(device, Opcode::kWrite, 1, 100'000));
  }
  {
    // A page comes from each of the 8 channels every 8,192 ns, and 8 take the link 10,640 ns.
    Device device(parameters);
    ssd::fill_in_order(device);
    add_exact(section, "reads of 32 pages in order",
              nand.command + nand.read[0] + kTransfer + kPages * link,
              in_order(device, Opcode::kRead, 1, kPages, 10'000));
  }
  {
    Device device(parameters);
    add_exact(section, "writes of 32 pages in order",
              ssd::transfer_time(kPages * 4096, parameters.link) + 4 * kTransfer + nand.command +
                  nand.program[0],
              in_order(device, Opcode::kWrite, 1, kPages, 10'000));
  }
  return section;
}

Section waits() {
  Section section;
  section.text =
      "Reads that come at random times to 32 dies, with channels and a link that take no time: "
      "each "
      "die is a queue with Poisson arrivals and a constant service of 50 us (M/D/1). In us.";
  auto parameters = reference_device();
  parameters.channel.bytes_per_second = 0;
  parameters.link.bytes_per_second = 0;
  parameters.nand.command = Nanos{0};
  for (const double load : {0.25, 0.5, 0.7, 0.8}) {
    Device device(parameters);
    ssd::fill_in_order(device);
    const auto rate = load * 32 / 50e-6;
    const auto seen = read_at_random_times(device, rate, 20'000'000, 1);
    const theory::Md1 queue(load);
    constexpr double kService = 50;
    const auto name = fmt::format("{:.0f} reads/s, load {}", rate, load);
    add(section, name + ": mean wait", kService * queue.mean_wait(),
        seen.latencies.mean() / 1e3 - kService, 0.005);
    for (const auto& [share, label] : {std::pair{0.99, "p99"}, std::pair{0.999, "p99.9"}}) {
      add(section, fmt::format("{}: {} wait", name, label), kService * queue.wait_quantile(share),
          seen.latencies.quantile(share) / 1e3 - kService, 0.02);
    }
  }
  return section;
}

Section exact_order() {
  Section section;
  section.digits = 1;
  section.text =
      "Random reads of the reference device, where dies wait for channels, in IOPS and us: no "
      "formula "
      "is known, so the known values are those of another simulator, written independently, that "
      "keeps the exact order of events. Its p99 are of runs of a few million reads, in which "
      "chance "
      "alone makes up to 1.5 %; the next section has some with less of it.";
  struct Known {
    std::uint32_t depth;
    double rate, mean, p99;
  };
  constexpr Known kKnown[] = {{2, 32'865, 60.86, 110.1},   {4, 63'469, 63.02, 117.0},
                              {8, 118'435, 67.55, 134.7},  {32, 317'300, 100.85, 296.6},
                              {128, 478'500, 267.5, 1051}, {256, 512'600, 499.3, 2054}};
  constexpr double kTolerance = 0.01;
  constexpr double kChance = 0.015;
  constexpr std::uint64_t kCommands = 30'000'000;
  for (const auto& known : kKnown) {
    Device device(reference_device());
    ssd::fill_in_order(device);
    const auto seen = random_pages(device, Opcode::kRead, known.depth, kCommands);
    const auto name = fmt::format("{} outstanding", known.depth);
    add(section, name + ": IOPS", known.rate, seen.per_second, kTolerance);
    add(section, name + ": mean", known.mean, seen.latencies.mean() / 1e3, kTolerance);
    add(section, name + ": p99", known.p99, seen.latencies.quantile(0.99) / 1e3, kChance);
  }
  Device device(reference_device());
  ssd::fill_in_order(device);
  const auto seen = read_at_random_times(device, 160'000, kCommands, 1);
  add(section, "160000 a second: mean", 72.59, seen.latencies.mean() / 1e3, kTolerance);
  add(section, "160000 a second: p99", 169.8, seen.latencies.quantile(0.99) / 1e3, kChance);
  return section;
}

Section by_the_book() {
  Section section;
  section.digits = 1;
  section.text =
      "The same reads, simulated a second time in the plainest way that keeps the order of events: "
      "one heap of events, and all latencies sorted. In IOPS and us.";
  constexpr double kTolerance = 0.005;
  constexpr std::size_t kReads = 3'000'000;
  for (const std::uint32_t depth : {2U, 8U, 32U, 128U, 256U}) {
    const auto book = read_by_the_book(depth, kReads, 2);
    Device device(reference_device());
    ssd::fill_in_order(device);
    const auto seen = random_pages(device, Opcode::kRead, depth, 4 * kReads);
    const auto name = fmt::format("{} outstanding", depth);
    add(section, name + ": IOPS", book.per_second, seen.per_second, kTolerance);
    add(section, name + ": mean", book.mean / 1e3, seen.latencies.mean() / 1e3, kTolerance);
    add(section, name + ": p99", book.p99 / 1e3, seen.latencies.quantile(0.99) / 1e3, kTolerance);
  }
  return section;
}

Section mqsim() {
  Section section;
  section.digits = 1;
  section.text =
      "What MQSim (at 7ec40e3) gives for the reference device where it can be trusted: see "
      "fidelity.md for where it cannot. Known are MQSim's figures, and the bound by arithmetic.";
  constexpr double kTolerance = 0.001;
  constexpr double kMega = 1e-6 * 4096;
  {
    Device device(reference_device());
    ssd::fill_in_order(device);
    add(section, "random reads, 1 outstanding: IOPS", 16'719.7,
        random_pages(device, Opcode::kRead, 1, 300'000).per_second, kTolerance);
  }
  {
    // Each device has room for so many before it collects; a mean, since chance alone makes 0.05 %.
    constexpr std::uint64_t kDevices = 16;
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= kDevices; ++seed) {
      Device device(reference_device());
      sum += random_pages(device, Opcode::kWrite, 32, 1'200'000, seed).per_second;
    }
    add(section, "random writes to fresh devices, 32 outstanding: IOPS", 31'166, sum / kDevices,
        kTolerance);
  }
  Device device(reference_device());
  const auto written = in_order(device, Opcode::kWrite, 8, 32, 16'440).per_second * 32 * kMega;
  add(section, "writes of 128 KiB in order, 8 outstanding: MB/s", 215.48, written, kTolerance);
  add(section, "the same, against the bound of the dies: MB/s",
      theory::most_sequential_writes(reference_device()) * kMega, written, kTolerance);
  return section;
}

}  // namespace gantry::oracle
