#include "host/drive.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "../ssd/reference_device.hpp"
#include "base/file.hpp"
#include "ssd/random.hpp"

namespace gantry::host {
namespace {

using ssd::Nanos;
using ssd::Opcode;

constexpr std::uint64_t kPage = 4096;

Drive drive_of(const ssd::Parameters& parameters, const Drive::Options& options = {},
               std::vector<ssd::Namespace> spaces = {}) {
  auto drive = Drive::create({"", "", parameters, std::move(spaces)}, options);
  EXPECT_TRUE(drive) << drive.error().what;
  return *std::move(drive);
}

Request request(Opcode opcode, std::uint64_t offset, std::uint64_t length, Nanos time = {}) {
  Request result;
  result.opcode = opcode;
  result.offset = offset;
  result.length = length;
  result.time = time;
  return result;
}

/// Submits it and waits until it has ended.
ssd::Completion run(Drive& drive, Request what) {
  what.time = std::max(what.time, drive.now());
  const auto done = drive.submit(what);
  EXPECT_TRUE(done) << done.error().what;
  const auto* const completion = drive.next();
  EXPECT_NE(completion, nullptr);
  EXPECT_EQ(completion->latency.total(), completion->time - completion->command.time);
  return *completion;
}

Nanos latency(Drive& drive, const Request& what) {
  const auto completion = run(drive, what);
  return completion.time - completion.command.time;
}

// REF-A: a read takes 290 + 50,000 + 8,192 + 1,330 ns, a write 1,330 + 290 + 8,192 + 600,000.
constexpr Nanos kRead{59'812};
constexpr Nanos kWrite{609'812};
constexpr Nanos kLink{1'330};

TEST(Drive, WholePagesTakeTheirTime) {
  auto drive = drive_of(ssd::reference_a(), {.fill = Fill::kSequential});
  EXPECT_EQ(latency(drive, request(Opcode::kRead, 5 * kPage, kPage)), kRead);
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 5 * kPage, kPage)), kWrite);
  EXPECT_EQ(latency(drive, request(Opcode::kTrim, 5 * kPage, kPage)), Nanos{0});
  EXPECT_EQ(latency(drive, request(Opcode::kFlush, 0, 0)), Nanos{0});
  EXPECT_EQ(drive.modifications(), 0U);
}

TEST(Drive, APartOfAPageIsReadAndThenAllOfItWritten) {
  auto drive = drive_of(ssd::reference_a(), {.fill = Fill::kSequential});
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 5 * kPage + 512, 512)), kRead + kWrite);
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 5 * kPage, 512)), kRead + kWrite);
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 6 * kPage - 1, 1)), kRead + kWrite);
  EXPECT_EQ(drive.modifications(), 3U);
  // Both ends, of neighbours and with a page between: two dies read at the same time, and share
  // the link alone. Pages 5, 6 and 7 are on three channels.
  const auto two = latency(drive, request(Opcode::kWrite, 6 * kPage - 512, 1024));
  EXPECT_EQ(two, kRead + kLink + kWrite + kLink);
  const auto three = latency(drive, request(Opcode::kWrite, 6 * kPage - 512, kPage + 1024));
  EXPECT_EQ(three, kRead + kLink + kWrite + 2 * kLink);
  // One end alone.
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 5 * kPage, kPage + 512)),
            kRead + kWrite + kLink);
  EXPECT_EQ(drive.modifications(), 6U);
}

TEST(Drive, APageThatIsNotInFlashIsNotRead) {
  auto drive = drive_of(ssd::reference_a());
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 512, 512)), kWrite);
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 512, 512)), kRead + kWrite);
  EXPECT_EQ(latency(drive, request(Opcode::kTrim, 0, kPage)), Nanos{0});
  EXPECT_EQ(latency(drive, request(Opcode::kWrite, 512, 512)), kWrite);
  EXPECT_EQ(drive.modifications(), 1U);
}

TEST(Drive, AReadTakesTheTimeOfAllPagesThatItTouches) {
  auto drive = drive_of(ssd::reference_a(), {.fill = Fill::kSequential});
  EXPECT_EQ(latency(drive, request(Opcode::kRead, 5 * kPage + 1, 1)), kRead);
  EXPECT_EQ(latency(drive, request(Opcode::kRead, 6 * kPage - 1, 2)), kRead + kLink);
}

TEST(Drive, ATrimFreesTheWholePagesInIt) {
  auto drive = drive_of(ssd::reference_a(), {.fill = Fill::kSequential});
  const auto is_mapped = [&](std::uint32_t page) {
    return drive.device().flash().translation().pages().find(ssd::Lpn{page}) != ssd::kNoSlot;
  };
  for (const auto& [offset, length] : {std::pair{kPage + 1, 2 * kPage - 2}, {kPage, kPage - 1}}) {
    EXPECT_EQ(run(drive, request(Opcode::kTrim, offset, length)).command.pages, 0U);
  }
  EXPECT_TRUE(is_mapped(1) && is_mapped(2));
  EXPECT_EQ(run(drive, request(Opcode::kTrim, kPage - 1, 2 * kPage)).command.pages, 1U);
  EXPECT_TRUE(is_mapped(0) && !is_mapped(1) && is_mapped(2));
}

/// What a host would do to a device, in pages and at times to come.
TEST(Drive, IsTheDeviceForWholePages) {
  for (const bool has_buffer : {false, true}) {
    auto parameters = ssd::small_device();
    parameters.buffer.pages = has_buffer ? 16 : 0;
    auto drive = drive_of(parameters);
    ssd::Device device(parameters);
    ssd::Random random(3);
    Nanos time{0};
    std::vector<std::tuple<std::uint64_t, Nanos, Nanos>> one;
    std::vector<std::tuple<std::uint64_t, Nanos, Nanos>> other;
    const auto take = [](auto& from, auto& to, Nanos until) {
      while (const auto* const completion = from.next(until)) {
        to.emplace_back(completion->command.tag, completion->time, completion->latency.die);
      }
    };
    for (std::uint64_t tag = 0; tag < 5000; ++tag) {
      const auto page = random.below(parameters.logical_pages);
      const auto draw = random.below(10);
      const auto opcode = draw < 5   ? Opcode::kWrite
                          : draw < 8 ? Opcode::kRead
                          : draw < 9 ? Opcode::kTrim
                                     : Opcode::kFlush;
      auto command = ssd::page_command(opcode, page, time);
      command.tag = tag * 0x100000001;
      auto same = request(opcode, page * kPage, kPage, time);
      same.tag = command.tag;
      device.submit(command);
      ASSERT_TRUE(drive.submit(same));
      time += Nanos{random.below(600'000)};
      if (random.below(4) == 0) {
        take(device, other, time);
        take(drive, one, time);
      }
    }
    take(device, other, ssd::kNever);
    take(drive, one, ssd::kNever);
    ASSERT_EQ(one.size(), 5000U);
    EXPECT_EQ(one, other);
    EXPECT_EQ(drive.outstanding(), 0U);
    EXPECT_EQ(drive.next_time(), ssd::kNever);
  }
}

class DriveData : public testing::TestWithParam<data::Mode> {};

/// Random requests of any bytes, many of them at a time, against a vector of bytes.
TEST_P(DriveData, HoldsWhatWasWritten) {
  const auto directory = base::TempDir::create();
  const std::vector<ssd::Namespace> spaces = {{"a", ssd::Lpn{0}, 100}, {"b", ssd::Lpn{100}, 200}};
  auto parameters = ssd::small_device();
  parameters.link.latency = Nanos{100};
  auto drive =
      drive_of(parameters, {.data = GetParam(), .data_file = directory->path() / "data"}, spaces);
  std::vector<std::byte> bytes(parameters.logical_pages * kPage);
  ssd::Random random(5);
  Nanos time{0};
  Nanos last{0};
  std::vector<std::byte> buffer;
  std::uint64_t ended = 0;
  constexpr std::uint64_t kRequests = 2000;
  const auto take = [&](Nanos until) {
    while (const auto* const completion = drive.next(until)) {
      ASSERT_GE(completion->time, last);
      ASSERT_LE(completion->time, until);
      ASSERT_EQ(completion->latency.total(), completion->time - completion->command.time);
      last = completion->time;
      ++ended;
    }
  };
  for (std::uint64_t tag = 0; tag < kRequests; ++tag) {
    Request what;
    what.space = random.below(3);
    const std::uint64_t unit = random.below(3) == 0 ? 1 : 512;
    const auto capacity = drive.capacity(what.space);
    what.offset = random.below(static_cast<std::uint32_t>(capacity / unit)) * unit;
    what.length = std::min<std::uint64_t>((1 + random.below(40)) * unit, capacity - what.offset);
    what.time = time;
    what.opcode = static_cast<Opcode>(random.below(4));
    what.force_unit_access = random.below(20) == 0;
    buffer.assign(what.length, static_cast<std::byte>(random.next()));
    what.data = random.below(10) == 0 ? nullptr : buffer.data();
    ASSERT_TRUE(drive.submit(what));
    const auto at = bytes.begin() +
                    static_cast<std::ptrdiff_t>(what.offset + (what.space == 2 ? 100 * kPage : 0));
    if (what.opcode == Opcode::kRead && what.data != nullptr) {
      ASSERT_TRUE(std::equal(buffer.begin(), buffer.end(), at)) << tag;
    } else if (GetParam() == data::Mode::kTimingOnly) {
    } else if (what.opcode == Opcode::kWrite && what.data != nullptr) {
      std::copy(buffer.begin(), buffer.end(), at);
    } else if (what.opcode == Opcode::kWrite || what.opcode == Opcode::kTrim) {
      std::fill_n(at, what.length, std::byte{0});
    }
    time += Nanos{random.below(400'000)};
    if (random.below(8) == 0) {
      take(time);
    }
  }
  take(ssd::kNever);
  EXPECT_EQ(ended, kRequests);
  EXPECT_GT(drive.modifications(), 50U);
}

INSTANTIATE_TEST_SUITE_P(Modes, DriveData,
                         testing::Values(data::Mode::kTimingOnly, data::Mode::kMemory,
                                         data::Mode::kFile));

TEST(Drive, ReportsWhatTheHostAskedFor) {
  auto drive = drive_of(ssd::reference_a(), {.fill = Fill::kSequential});
  run(drive, request(Opcode::kWrite, 512, 512));
  run(drive, request(Opcode::kRead, 0, kPage));
  auto report = drive.report();
  EXPECT_EQ(report.of(Opcode::kWrite).commands, 1U);
  EXPECT_EQ(report.of(Opcode::kWrite).latency.max(), kRead + kWrite);
  EXPECT_EQ(report.of(Opcode::kRead).commands, 1U);
  EXPECT_EQ(report.serviced, 2U);
  EXPECT_EQ(report.flash.reads, 2U);
  EXPECT_EQ(report.end, drive.now());
  EXPECT_EQ(report.wear.blocks, 8192U);
  EXPECT_EQ(report.mapped_pages, drive.device().parameters().logical_pages);
  drive.begin_report();
  run(drive, request(Opcode::kRead, 0, kPage));
  report = drive.report();
  EXPECT_EQ(report.commands(), 1U);
  EXPECT_EQ(report.time(), kRead);
  EXPECT_EQ(report.generated, 3U);
}

TEST(Drive, SaysWhyARequestIsRefused) {
  auto drive = drive_of(ssd::reference_a(), {}, {{"", ssd::Lpn{0}, 2}});
  run(drive, request(Opcode::kWrite, 0, kPage));
  const auto what = [&](Request wrong, std::uint32_t space = 1) {
    wrong.space = space;
    wrong.time = wrong.time == Nanos{0} ? drive.now() : wrong.time;
    const auto done = drive.submit(wrong);
    EXPECT_EQ(drive.outstanding(), 0U);
    return done ? "" : done.error().what;
  };
  EXPECT_EQ(what(request(Opcode::kRead, 0, kPage), 2), "there is no namespace 2: the device has 1");
  EXPECT_EQ(what(request(Opcode::kRead, 0, kPage, Nanos{1})),
            "a command comes at 1 ns, but it is 609812 ns already");
  EXPECT_EQ(what(request(Opcode::kRead, 0, kPage, ssd::kNever)),
            "a command comes at 9223372036854775807 ns, beyond the end of time");
  EXPECT_EQ(what(request(Opcode::kRead, 0, 0)), "a command has no bytes");
  EXPECT_EQ(what(request(Opcode::kRead, 1, 2 * kPage)),
            "8192 bytes at 1 are not all on a device of 8192 bytes");
  EXPECT_EQ(what(request(Opcode::kTrim, ~std::uint64_t{0}, ~std::uint64_t{0})),
            "18446744073709551615 bytes at 18446744073709551615 are not all on a device of 8192 "
            "bytes");
  EXPECT_EQ(what(request(Opcode::kRead, 0, Drive::kMostBytes + 1), 0),
            "a command has 67108865 bytes, more than 67108864");
  auto other = request(Opcode::kRead, 0, kPage);
  other.queue = 1;
  EXPECT_EQ(what(other), "there is no queue 1: the device has 1");
}

}  // namespace
}  // namespace gantry::host
