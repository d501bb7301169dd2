#include "workload/explanation.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"
#include "ssd/precondition.hpp"
#include "workload/explain.hpp"
#include "workload/replay.hpp"
#include "workload/synthetic.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;
using ssd::Opcode;

Explanation explained(ssd::Device& device, std::string lines, std::uint64_t number) {
  Replay source(*TraceReader::of(TraceInput::of(std::move(lines), "trace")), device.parameters(),
                {});
  auto explanation = explain(device, source, number);
  EXPECT_TRUE(explanation);
  EXPECT_TRUE(*explanation);
  return **explanation;
}

/// Four dies on two channels, half full of what collection has to move.
ssd::Parameters busy_device() {
  ssd::Parameters parameters;
  parameters.geometry = {
      .channels = 2, .chips_per_channel = 2, .blocks_per_plane = 32, .pages_per_block = 16};
  parameters.logical_pages = 4 * 24 * 16;
  parameters.link = {3'000'000'000, Nanos{100}};
  return parameters;
}

Stream mixed(std::uint32_t reads, std::uint32_t depth) {
  Stream stream;
  stream.reads = reads;
  stream.arrivals.queue_depth = depth;
  return stream;
}

/// A source whose completions are kept.
class Recorded {
 public:
  Recorded(const Stream& stream, const ssd::Parameters& parameters)
      : source_(std::span(&stream, 1), parameters, 7) {}
  Nanos next_time() const { return source_.next_time(); }
  ssd::Command take() { return source_.take(); }
  void completed(const ssd::Completion& completion) {
    source_.completed(completion);
    completions_[Synthetic::number_of(completion.command)] = completion;
  }
  const ssd::Completion& of(std::uint64_t number) { return completions_.at(number); }

 private:
  Synthetic source_;
  std::map<std::uint64_t, ssd::Completion> completions_;
};

Nanos sum(const std::vector<Cause>& causes, bool collects) {
  Nanos time{0};
  for (const auto& cause : causes) {
    time += cause.first.activity.collects() == collects ? cause.time : Nanos{0};
  }
  return time;
}

// Two reads of one die: the second waits for the first to leave it.
TEST(Explanation, NamesTheRequestThatHadTheDie) {
  ssd::Device device(ssd::reference_a());
  ssd::fill_in_order(device);
  const auto why = explained(device, "0 0 0 8 1\n0 0 256 8 1\n0 0 0 8 1\n", 2);
  EXPECT_EQ(to_text(why, device.parameters(), &Replay::number_of),
            "request 2: read of 1 page from page 32, at 0 ns, took 118294 ns\n"
            "  queue                    0 ns  until the controller took it up, and the "
            "controller's work\n"
            "  buffer                   0 ns  for room in the write buffer, and its access\n"
            "  channel               8192 ns  for the channel, and on it\n"
            "  die                 108772 ns  for the die, and in its array\n"
            "  collection               0 ns  while garbage collection had the die\n"
            "  link                  1330 ns  for the link to the host, and on it\n"
            "when it came, 0 commands waited for the controller\n"
            "flash: the read of page 32, at die 0 on channel 0, from 0 to 116964 ns\n"
            "  behind               58482 ns  read of page 0 for request 1\n"
            "  itself               50290 ns  in the array, with its command\n"
            "  transfer              8192 ns  on the channel\n");
}

// Two dies of a channel end their reads at once: one transfer after the other.
TEST(Explanation, NamesTheRequestThatHadTheChannel) {
  ssd::Device device(ssd::reference_a());
  ssd::fill_in_order(device);
  const auto why = explained(device, "0 0 0 8 1\n0 0 64 8 1\n", 2);
  ASSERT_TRUE(why.flash);
  EXPECT_EQ(why.flash->channel_wait, Nanos{8192});
  ASSERT_EQ(why.flash->on_channel.size(), 1U);
  const auto& cause = why.flash->on_channel.front();
  EXPECT_EQ(cause.first.die, ssd::DieId{0});
  EXPECT_EQ(cause.first.command->tag, 1U);
  EXPECT_EQ(cause.time, Nanos{8192});
}

TEST(Explanation, CausesSumUpToTheWaitOfTheSameCommandInAPlainRun) {
  const auto parameters = busy_device();
  const auto stream = mixed(500, 16);
  ssd::Device plain(parameters);
  ssd::fill_at_random(plain, 3);
  Recorded source(stream, parameters);
  RunOptions options;
  options.measure.commands = 3000;
  ASSERT_TRUE(run(plain, source, options));
  int collected = 0;
  for (std::uint64_t number = 1500; number < 1800; ++number) {
    ssd::Device device(parameters);
    ssd::fill_at_random(device, 3);
    Recorded again(stream, parameters);
    const auto explanation = explain(device, again, number);
    ASSERT_TRUE(explanation && *explanation);
    const auto& why = **explanation;
    const auto& expected = source.of(number);
    ASSERT_EQ(why.completion.time, expected.time) << number;
    ASSERT_EQ(why.completion.latency.die, expected.latency.die) << number;
    ASSERT_TRUE(why.flash);
    const auto& way = *why.flash;
    EXPECT_EQ(sum(way.on_die, true), expected.latency.collection) << number;
    EXPECT_EQ(sum(way.on_die, false) + way.array, expected.latency.die) << number;
    EXPECT_EQ(way.channel_wait + way.transfer, expected.latency.channel) << number;
    for (const auto& cause : way.on_die) {
      collected += cause.first.activity.collects() ? 1 : 0;
    }
  }
  EXPECT_GT(collected, 50);
}

TEST(Explanation, SaysWhichBlockWasCollectedAndWhy) {
  const auto parameters = busy_device();
  const auto stream = mixed(0, 16);
  for (std::uint64_t number = 1500;; ++number) {
    ASSERT_LT(number, 1600U) << "no command waited for collection";
    ssd::Device device(parameters);
    ssd::fill_at_random(device, 3);
    Synthetic source(std::span(&stream, 1), parameters, 7);
    const auto explanation = explain(device, source, number);
    ASSERT_TRUE(explanation && *explanation);
    const auto& causes = (**explanation).flash->on_die;
    constexpr std::size_t kMostInText = 10;
    if (sum(causes, true) == Nanos{0} || causes.size() > kMostInText) {
      continue;
    }
    const auto text = to_text(**explanation, parameters, &Synthetic::number_of);
    for (const auto& cause : causes) {
      const auto& activity = cause.first.activity;
      if (!activity.collects()) {
        continue;
      }
      EXPECT_LT(activity.room_at_begin, ssd::wanted_room(parameters, activity.room_at_begin));
      EXPECT_EQ(ssd::index(activity.victim) / parameters.geometry.blocks_per_plane,
                ssd::index(activity.plane));
      EXPECT_NE(
          text.find("garbage collection of block " + std::to_string(ssd::index(activity.victim)) +
                    " in plane " + std::to_string(ssd::index(activity.plane)) + " ("),
          std::string::npos)
          << text;
      EXPECT_NE(text.find(", which is to have "), std::string::npos) << text;
    }
    return;
  }
}

TEST(Explanation, SaysThatAProgramWasSuspended) {
  auto parameters = ssd::reference_a();
  parameters.die_order = ssd::DieOrder::kReadsFirst;
  parameters.suspend_program = true;
  parameters.nand.suspend = Nanos{20'000};
  parameters.nand.resume = Nanos{5'000};
  ssd::Device device(parameters);
  ssd::fill_in_order(device);
  const std::string lines = "0 0 0 8 0\n100000 0 256 8 1\n";
  const auto read = to_text(explained(device, lines, 2), parameters, &Replay::number_of);
  EXPECT_NE(read.find("behind               20000 ns  program of page 0 for request 1; suspended 1 "
                      "time\n"),
            std::string::npos)
      << read;
  ssd::Device again(parameters);
  ssd::fill_in_order(again);
  const auto write = explained(again, lines, 1);
  EXPECT_EQ(write.flash->array, Nanos{600'290});
  EXPECT_EQ(sum(write.flash->on_die, false), Nanos{20'000 + 58'482 + 5'000});
}

TEST(Explanation, SaysWhatTheDiesDidForTheWriteBuffer) {
  auto parameters = busy_device();
  parameters.buffer.pages = 8;
  ssd::Device device(parameters);
  ssd::fill_at_random(device, 3);
  const auto stream = mixed(0, 32);
  Synthetic source(std::span(&stream, 1), parameters, 7);
  const auto explanation = explain(device, source, 500);
  ASSERT_TRUE(explanation && *explanation);
  const auto& why = **explanation;
  EXPECT_FALSE(why.flash);
  EXPECT_GT(why.backlog.admitting, 10U);
  ASSERT_FALSE(why.meanwhile.empty());
  Nanos busy{0};
  for (const auto& cause : why.meanwhile) {
    busy += cause.time;
  }
  EXPECT_EQ(busy, why.completion.latency.buffer * 4) << "all four dies work as long as it waits";
  const auto text = to_text(why, parameters, &Synthetic::number_of);
  EXPECT_NE(text.find("while it waited for the write buffer, the dies did:\n"), std::string::npos);
  EXPECT_NE(text.find("garbage collection of block"), std::string::npos) << text;
  EXPECT_TRUE(std::any_of(why.meanwhile.begin(), why.meanwhile.end(), [](const Cause& cause) {
    return !cause.first.activity.collects() && !cause.first.command;
  })) << "programs of the write buffer";
}

TEST(Explanation, ThereIsNoneOfWhatDoesNotCome) {
  ssd::Device device(ssd::reference_a());
  Replay source(*TraceReader::of(TraceInput::of("0 0 0 8 0\n", "trace")), device.parameters(), {});
  const auto explanation = explain(device, source, 2);
  ASSERT_TRUE(explanation);
  EXPECT_FALSE(*explanation);
}

}  // namespace
}  // namespace gantry::workload
