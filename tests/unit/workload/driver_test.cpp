#include "workload/driver.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"
#include "workload/report_output.hpp"
#include "workload/synthetic.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;
using ssd::Opcode;
using testing::HasSubstr;

constexpr Nanos kMilli{1'000'000};

Report run_or_fail(ssd::Device& device, const Stream& stream, const RunOptions& options,
                   std::uint64_t seed = 1) {
  const std::array streams = {stream};
  EXPECT_TRUE(check(stream, device.parameters()));
  Synthetic source(streams, device.parameters(), seed, device.now());
  auto report = run(device, source, options);
  if (!report) {
    ADD_FAILURE() << report.error().what;
    return {};
  }
  return *std::move(report);
}

TEST(Driver, OneReadAfterAnotherTakesTheSumOfItsParts) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  const auto report = run_or_fail(device, {}, {.measure = {.commands = 1000}});
  EXPECT_EQ(report.commands(), 1000U);
  EXPECT_EQ(report.time(), Nanos{59'812'000});
  EXPECT_EQ(report.of(Opcode::kRead).latency.min(), Nanos{59'812});
  EXPECT_EQ(report.of(Opcode::kRead).latency.max(), Nanos{59'812});
  EXPECT_EQ(report.of(Opcode::kRead).parts.total(), report.time());
  EXPECT_EQ(report.of(Opcode::kRead).parts.die, Nanos{50'290'000});
  EXPECT_NEAR(report.iops(), 16'719.05, 0.01);
  EXPECT_EQ(report.flash.reads, 1000U);
}

TEST(Driver, EnergyIsThatOfEachOperation) {
  auto parameters = ssd::reference_a();
  parameters.energy = {
      .read = 10'000'000, .program = 50'000'000, .erase = 2'000'000'000, .transfer = 30, .idle = 5};
  ssd::Device device(parameters);
  fill(device);
  const auto reads = run_or_fail(device, {}, {.measure = {.commands = 1000}});
  ASSERT_TRUE(reads.energy);
  EXPECT_EQ(reads.energy->reads, 10'000'000'000U);
  EXPECT_EQ(reads.energy->programs, 0U);
  EXPECT_EQ(reads.energy->transfers, 1000U * 4096 * 30);
  EXPECT_EQ(reads.energy->idle, 59'812'000U * 5 / 1000);
  EXPECT_THAT(to_json(reads), HasSubstr("\"total\": 10123179060,\n    \"per_host_byte\": 2471.47"));
  EXPECT_THAT(to_text(reads),
              HasSubstr("energy        0.0101232 J: reads 0.01, programs 0, erases 0, "
                        "transfers 0.0001229, idle 2.991e-07; 2.471 nJ a byte"));
  const auto writes = run_or_fail(device, {.arrivals = {.queue_depth = 32}, .reads = 0},
                                  {.measure = {.commands = 300'000}});
  const auto& flash = writes.flash;
  ASSERT_GT(flash.erases, 0U);
  EXPECT_EQ(writes.energy->reads, flash.collection_reads * 10'000'000);
  EXPECT_EQ(writes.energy->programs, flash.programs * 50'000'000);
  EXPECT_EQ(writes.energy->erases, flash.erases * 2'000'000'000);
  // All that is read and programmed goes over a channel; what goes on at the ends is the rest.
  EXPECT_NEAR(static_cast<double>(flash.transferred_pages),
              static_cast<double>(flash.collection_reads + flash.programs), 64);
}

TEST(Driver, EnergyThatIsNotDescribedIsNotKnown) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  const auto report = run_or_fail(device, {}, {.measure = {.commands = 10}});
  EXPECT_FALSE(report.energy);
  EXPECT_THAT(to_json(report), HasSubstr("\"energy_pj\": null"));
  EXPECT_THAT(to_text(report), testing::Not(HasSubstr("energy")));
}

TEST(Driver, TheExactOrderOfReadsGivesTheKnownRates) {
  struct Case {
    std::uint32_t depth;
    double iops;
    double mean_us;
  };
  for (const auto& [depth, iops, mean_us] :
       {Case{2, 32'865, 60.86}, Case{8, 118'435, 67.55}, Case{32, 317'300, 100.85}}) {
    ssd::Device device(ssd::reference_a());
    fill(device);
    const auto report =
        run_or_fail(device, {.arrivals = {.queue_depth = depth}},
                    {.warm_up = {.time = 5 * kMilli}, .measure = {.time = 200 * kMilli}});
    EXPECT_NEAR(report.iops(), iops, iops / 100) << depth;
    EXPECT_NEAR(static_cast<double>(report.of(Opcode::kRead).latency.mean().count()) / 1000,
                mean_us, mean_us / 100)
        << depth;
    EXPECT_EQ(report.time(), 200 * kMilli);
    EXPECT_EQ(report.begin, 5 * kMilli);
  }
}

TEST(Driver, CommandsThatComeAtARateWaitAsTheyMust) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  const auto report =
      run_or_fail(device, {.arrivals = {.kind = Arrivals::Kind::kPoisson, .rate = 160'000}},
                  {.warm_up = {.time = 5 * kMilli}, .measure = {.time = 500 * kMilli}});
  EXPECT_NEAR(report.iops(), 160'000, 1600);
  EXPECT_NEAR(static_cast<double>(report.of(Opcode::kRead).latency.mean().count()), 72'590, 726);
}

TEST(Driver, MeasuresWithAFullQueueFromTheBegin) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  const auto report = run_or_fail(device, {.arrivals = {.queue_depth = 32}},
                                  {.warm_up = {.commands = 500}, .measure = {.commands = 1000}});
  EXPECT_EQ(report.commands(), 1000U);
  EXPECT_EQ(report.generated, 1500U);
  EXPECT_EQ(report.serviced, 1500U);
}

TEST(Driver, EndsAfterItsBytes) {
  ssd::Device device(ssd::reference_a());
  const auto report = run_or_fail(device, {.block_pages = 32, .reads = 0},
                                  {.measure = {.bytes = std::uint64_t{10} << 20}});
  EXPECT_EQ(report.commands(), 80U);
  EXPECT_EQ(report.of(Opcode::kWrite).pages, 2560U);
}

TEST(Driver, CountsWhatCollectionWritesToo) {
  ssd::Device device(ssd::small_device());
  ssd::fill(device);
  const auto report = run_or_fail(device, {.reads = 0},
                                  {.warm_up = {.commands = 5000}, .measure = {.commands = 20'000}});
  EXPECT_EQ(report.flash.host_pages, 20'000U);
  EXPECT_EQ(report.flash.programs, report.flash.host_pages + report.flash.moved_pages);
  EXPECT_GT(report.write_amplification(), 1.5);
  EXPECT_GT(report.of(Opcode::kWrite).parts.collection, Nanos{0});
  EXPECT_EQ(report.mapped_pages, report.logical_pages);
  EXPECT_GE(report.wear.most, report.wear.least);
  EXPECT_TRUE(report.steady_state.is_known);
  Window sum;
  for (const auto& window : report.series.windows()) {
    sum.add(window);
  }
  EXPECT_EQ(sum.writes, 20'000U);
  EXPECT_EQ(sum.moved_pages, report.flash.moved_pages);
}

TEST(Driver, SaysThatTheDeviceIsTooSlow) {
  ssd::Device device(ssd::small_device());
  const std::array streams = {
      Stream{.arrivals = {.kind = Arrivals::Kind::kUniform, .rate = 1'000'000}, .reads = 0}};
  Synthetic source(streams, device.parameters(), 1);
  const auto report =
      run(device, source, {.measure = {.time = Nanos{1'000'000'000}}, .most_waiting = 1000});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what,
            "the device is slower than the commands come: more than 1000 wait");
  EXPECT_EQ(device.outstanding(), 0U);
}

TEST(Driver, SaysThatTimeStandsStill) {
  ssd::Device device(ssd::small_device());  // empty, and without a link: reads take no time
  const std::array streams = {Stream{}};
  Synthetic source(streams, device.parameters(), 1);
  const auto report = run(device, source, {.measure = {.time = kMilli}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "the commands take no time, so that simulated time stands still");
}

class StopAt : public Watcher {
 public:
  explicit StopAt(std::uint64_t commands) : commands_(commands) {}
  bool go_on(Nanos /*now*/, std::uint64_t commands) override { return commands < commands_; }

 private:
  std::uint64_t commands_;
};

TEST(Driver, TakesAllOfSeveralCompletionsAtOnceThatAreTheLast) {
  auto parameters = ssd::small_device();
  parameters.buffer = {.pages = 64, .latency = Nanos{1'000}};
  parameters.geometry.page_bytes = 16'384;  // a program ends the writes of four pages
  parameters.logical_pages = 1'000;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    ssd::Device device(parameters);
    const auto report = run_or_fail(
        device,
        {.arrivals = {.queue_depth = 16}, .reads = 0, .flush_every = 3, .force_unit_access = 500},
        {.measure = {.commands = 1'000}}, seed);
    EXPECT_EQ(report.serviced, 1'000U);
  }
}

TEST(Driver, EndsEarlyWhenItsWatcherSaysSo) {
  ssd::Device device(ssd::reference_a());
  const std::array streams = {Stream{.arrivals = {.queue_depth = 4}}};
  Synthetic source(streams, device.parameters(), 1);
  StopAt watcher(100'000);
  const auto report =
      run(device, source, {.measure = {.time = Nanos{1'000'000'000'000}}}, &watcher);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->interrupted);
  EXPECT_GE(report->commands(), 100'000U);
  EXPECT_LT(report->commands(), 120'000U);
  EXPECT_EQ(report->generated, report->serviced);
}

TEST(Driver, TheSameRunGivesTheSameReport) {
  std::array<std::string, 3> reports;
  for (std::uint64_t at = 0; at < reports.size(); ++at) {
    ssd::Device device(ssd::small_device());
    ssd::fill(device);
    const Stream stream{.addresses = {.kind = AddressPattern::Kind::kZipf},
                        .arrivals = {.queue_depth = 8},
                        .reads = 500,
                        .trims = 50};
    reports.at(at) = to_json(
        run_or_fail(device, stream, {.measure = {.commands = 20'000}}, at == 2 ? 2 : 1), true);
  }
  EXPECT_EQ(reports[0], reports[1]);
  EXPECT_NE(reports[0], reports[2]);
}

TEST(Conservation, NamesTheLawThatIsBroken) {
  ssd::Device device(ssd::small_device());
  ssd::fill(device);
  const Before before{device.flash().counters(), take_stock(device)};
  EXPECT_TRUE(check_conservation(device, before, 7, 7));
  auto broken = check_conservation(device, before, 7, 6);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().what,
            "the simulation has broken a law of conservation, serviced = generated: 6 != 7, "
            "0 outstanding");
  auto erased = before;
  erased.holdings.erases -= 1;
  broken = check_conservation(device, erased, 7, 7);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what, HasSubstr("erases of blocks = erases counted: 1 != 0"));
  auto written = before;
  written.counters.moved_pages -= 1;
  broken = check_conservation(device, written, 7, 7);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what,
              HasSubstr("programs = host + moved + empty pages: 1 pages in 0 programs"));
  auto filled = before;
  filled.holdings.full_blocks -= 10;
  filled.holdings.open_blocks = 0;
  broken = check_conservation(device, filled, 7, 7);
  ASSERT_FALSE(broken);
  EXPECT_THAT(broken.error().what, HasSubstr("programs = pages filled: 0 programs, from "));
}

TEST(ReportText, IsForPeople) {
  ssd::Device device(ssd::reference_a());
  fill(device);
  const auto report = run_or_fail(device, {.reads = 700}, {.measure = {.commands = 1000}});
  const auto text = to_text(report);
  EXPECT_THAT(text, HasSubstr("commands      1000 ("));
  EXPECT_THAT(text, HasSubstr("read time     channel 13.7 %, die 84.1 %, link 2.2 %\n"));
  EXPECT_THAT(text, HasSubstr("59.81 us"));
  EXPECT_THAT(text, HasSubstr("write amplification 1.000\n"));
  EXPECT_THAT(to_csv(report), HasSubstr("time_ns,reads,writes,"));
}

}  // namespace
}  // namespace gantry::workload
