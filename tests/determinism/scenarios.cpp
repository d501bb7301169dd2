// scenarios <directory> <trace>...: runs what the simulator can do, each with little of it, and
// writes all outputs into the directory: the same bytes, however this was compiled.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/parallel.hpp"
#include "ssd/precondition.hpp"
#include "ssd/translation.hpp"
#include "workload/explain.hpp"
#include "workload/replay.hpp"
#include "workload/report_output.hpp"
#include "workload/synthetic.hpp"

namespace {

using namespace gantry;
using ssd::Nanos;
using workload::AddressPattern;
using workload::Arrivals;

struct Scenario {
  std::string name;
  ssd::Parameters parameters;
  std::vector<workload::Stream> streams;
  bool is_steady = true;  ///< the device was written at random, or else in order
  std::uint64_t commands = 20'000;
};

ssd::Parameters small_drive() {
  ssd::Parameters parameters;
  parameters.geometry.blocks_per_plane = 64;
  parameters.geometry.pages_per_block = 64;
  parameters.logical_pages = 32 * 64 * 56;
  parameters.link = {3'500'000'000, Nanos{1'000}};
  return parameters;
}

workload::Stream closed(std::uint32_t reads, std::uint32_t depth) {
  workload::Stream stream;
  stream.reads = reads;
  stream.arrivals.queue_depth = depth;
  return stream;
}

workload::Stream open(std::uint32_t reads, Arrivals::Kind kind, std::uint64_t rate) {
  workload::Stream stream;
  stream.reads = reads;
  stream.arrivals.kind = kind;
  stream.arrivals.rate = rate;
  return stream;
}

/// Every policy of collection, with what else there is shared out among them.
std::vector<Scenario> collections() {
  using ssd::VictimPolicy;
  std::vector<Scenario> all;
  const auto add = [&](const char* name, VictimPolicy victims, std::uint32_t generations) {
    Scenario scenario{name, small_drive(), {closed(200, 32)}};
    scenario.parameters.collection.victims = victims;
    scenario.parameters.collection.generations = generations;
    all.push_back(scenario);
    return &all.back();
  };
  add("greedy", VictimPolicy::kGreedy, 1);
  add("d-choices", VictimPolicy::kDChoices, 1)->parameters.collection.choices = 4;
  auto* const cost_benefit = add("cost-benefit", VictimPolicy::kCostBenefit, 3);
  cost_benefit->streams[0].addresses.kind = AddressPattern::Kind::kHotCold;
  cost_benefit->parameters.wear.static_above = 2;
  cost_benefit->parameters.logical_pages = 32 * 64 * 52;  // three generations hold back more blocks
  add("fifo", VictimPolicy::kFifo, 0)->parameters.collection.preemptible = false;
  auto* const random = add("random", VictimPolicy::kRandom, 1);
  random->parameters.collection.idle_below = 8;
  random->parameters.wear.dynamic = false;
  random->streams[0].trims = 300;
  random->streams[0].arrivals.think = Nanos{20'000};
  return all;
}

std::vector<Scenario> hosts() {
  std::vector<Scenario> all;
  all.push_back({"reads", small_drive(), {closed(1000, 32)}, false});
  all.push_back({"sequential", small_drive(), {closed(0, 8)}, false});
  all.back().streams[0].addresses.kind = AddressPattern::Kind::kSequential;
  all.back().streams[0].block_pages = 32;
  all.back().commands = 2'000;

  all.push_back({"buffered", small_drive(), {closed(500, 16)}});
  auto& buffered = all.back();
  buffered.parameters.geometry.page_bytes = 16'384;
  buffered.parameters.geometry.pages_per_block = 16;
  buffered.parameters.nand = {3,
                              {Nanos{56'000}, Nanos{77'000}, Nanos{106'000}},
                              {Nanos{820'000}, Nanos{2'200'000}, Nanos{5'700'000}},
                              Nanos{3'000'000},
                              Nanos{290},
                              Nanos{20'000},
                              Nanos{5'000}};
  buffered.parameters.suspend_program = buffered.parameters.suspend_erase = true;
  buffered.parameters.buffer = {256, Nanos{2'000}, 2};
  buffered.parameters.allocation = ssd::WriteAllocation::kIdleFirst;
  buffered.parameters.energy = {10'000'000, 50'000'000, 2'000'000'000, 30, 30'000};
  buffered.streams[0].flush_every = 50;
  buffered.streams[0].force_unit_access = 100;

  all.push_back({"queues", small_drive(), {closed(700, 8), closed(300, 8), closed(1000, 2)}});
  auto& front_end = all.back().parameters.front_end;
  front_end = {{{3, false}, {1, false}, {1, true}},
               ssd::Arbitration::kWeightedRoundRobin,
               8,
               Nanos{700},
               Nanos{100}};
  for (std::uint16_t queue = 0; queue < 3; ++queue) {
    all.back().streams[queue].queue = queue;
  }

  all.push_back({"poisson", small_drive(), {open(900, Arrivals::Kind::kPoisson, 60'000)}});
  all.push_back({"bursty", small_drive(), {open(900, Arrivals::Kind::kBursty, 20'000)}});
  all.back().streams[0].addresses = {AddressPattern::Kind::kZipf, 990};
  all.push_back({"uniform", small_drive(), {open(800, Arrivals::Kind::kUniform, 30'000)}});
  all.back().parameters.allocation = ssd::WriteAllocation::kStatic;
  all.back().parameters.die_order = ssd::DieOrder::kFirstCome;
  return all;
}

void must(bool is_so, const std::string& what) {
  if (!is_so) {
    std::fprintf(stderr, "determinism: %s\n", what.c_str());
    std::exit(1);
  }
}

std::unique_ptr<ssd::Device> made(const Scenario& scenario) {
  // A device with less room than its collection needs stands still in the end.
  const auto& parameters = scenario.parameters;
  must(parameters.logical_pages <
           std::uint64_t{parameters.geometry.planes()} * ssd::most_live(parameters),
       scenario.name + " holds more than a device can");
  auto device = std::make_unique<ssd::Device>(scenario.parameters);
  if (scenario.is_steady) {
    ssd::fill_at_random(*device, 5);
  } else {
    ssd::fill_in_order(*device);
  }
  return device;
}

std::string outputs(const workload::Report& report) {
  return workload::to_json(report, true) + workload::to_csv(report) + workload::to_text(report);
}

std::string simulate(const Scenario& scenario) {
  const auto device = made(scenario);
  workload::Synthetic source(scenario.streams, scenario.parameters, 11);
  const auto report = workload::run(*device, source, {.measure = {.commands = scenario.commands}});
  must(bool{report}, scenario.name + (report ? "" : ": " + report.error().what));
  return outputs(*report);
}

std::string explain(const Scenario& scenario) {
  const auto device = made(scenario);
  workload::Synthetic source(scenario.streams, scenario.parameters, 11);
  const auto why = workload::explain(*device, source, scenario.commands / 2);
  must(why && *why, scenario.name + ": it cannot be explained");
  return workload::to_json(**why, scenario.parameters, &workload::Synthetic::number_of) +
         workload::to_text(**why, scenario.parameters, &workload::Synthetic::number_of);
}

std::string replay(const std::string& trace) {
  ssd::Device device(small_drive());
  auto reader = workload::TraceReader::open(trace);
  must(bool{reader}, trace);
  workload::Replay source(*std::move(reader), device.parameters(), {});
  const auto report = workload::run(device, source, {});
  must(report && !source.error(), trace);
  return outputs(*report);
}

std::string convert(const std::string& trace) {
  auto reader = workload::TraceReader::open(trace);
  must(bool{reader}, trace);
  std::string text(workload::heading(workload::TraceFormat::kFio3));
  for (;;) {
    const auto request = reader->next();
    must(bool{request}, trace);
    if (!*request) {
      return text;
    }
    text += *workload::to_line(**request, workload::TraceFormat::kFio3);
  }
}

/// The scenarios as the points of a sweep.
std::string sweep(std::span<const Scenario> scenarios, unsigned threads) {
  std::vector<std::string> texts(scenarios.size());
  const auto done = base::parallel_for(scenarios.size(), threads, [&](std::size_t at) {
    texts[at] = simulate(scenarios[at]);
    return base::Result<void>();
  });
  must(bool{done}, "sweep");
  std::string all;
  for (const auto& text : texts) {
    all += text;
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  must(argc >= 3, "usage: determinism <directory> <trace>...");
  const std::string directory = argv[1];
  const auto put = [&](const std::string& name, const std::string& text) {
    must(bool{base::write_file(directory + "/" + name, text)}, "cannot write " + name);
  };
  auto scenarios = collections();
  for (const auto& scenario : hosts()) {
    scenarios.push_back(scenario);
  }
  for (const auto& scenario : scenarios) {
    put(scenario.name, simulate(scenario));
    put(scenario.name + ".explained", explain(scenario));
  }
  for (const unsigned threads : {1U, 2U, 4U}) {
    put("sweep." + std::to_string(threads), sweep(scenarios, threads));
  }
  for (int at = 2; at < argc; ++at) {
    const std::string trace = argv[at];
    const auto name = trace.substr(trace.rfind('/') + 1);
    put("replayed." + name, replay(trace));
    put("converted." + name, convert(trace));
  }
}
