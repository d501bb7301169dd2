#include <cstring>
#include <thread>
#include <vector>

#include <gantry/ssd.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "opened_drive.hpp"

namespace gantry::capi {
namespace {

gantry_ssd_completion run(gantry_ssd* drive, gantry_ssd_request request) {
  request.time = gantry_ssd_now(drive);
  EXPECT_EQ(gantry_ssd_submit(drive, &request), GANTRY_SSD_OK) << gantry_ssd_message();
  gantry_ssd_completion completion{};
  EXPECT_EQ(gantry_ssd_next(drive, GANTRY_SSD_NEVER, &completion), GANTRY_SSD_OK);
  return completion;
}

TEST(CApi, AReadTakesItsTime) {
  auto options = options_of("ref-a");
  options.fill = GANTRY_SSD_FILL_SEQUENTIAL;
  const auto drive = open_drive(options);
  auto request = request_of(GANTRY_SSD_READ, 20480, 4096);
  request.tag = 0xfedcba9876543210;
  const auto completion = run(drive.get(), request);
  EXPECT_EQ(completion.tag, request.tag);
  EXPECT_EQ(completion.submitted, 0U);
  EXPECT_EQ(completion.completed, 59'812U);
  EXPECT_EQ(completion.die, 50'290U);
  EXPECT_EQ(completion.channel, 8'192U);
  EXPECT_EQ(completion.link, 1'330U);
  EXPECT_EQ(completion.queue + completion.buffer + completion.collection, 0U);
  EXPECT_EQ(gantry_ssd_now(drive.get()), 59'812U);
}

TEST(CApi, WaitsUntilATime) {
  auto options = options_of("ref-a");
  options.fill = GANTRY_SSD_FILL_RANDOM;
  options.seed = 3;
  const auto drive = open_drive(options);
  gantry_ssd_completion completion{};
  EXPECT_EQ(gantry_ssd_next(drive.get(), GANTRY_SSD_NEVER, &completion), GANTRY_SSD_NONE);
  EXPECT_EQ(gantry_ssd_next_time(drive.get()), GANTRY_SSD_NEVER);
  auto request = request_of(GANTRY_SSD_READ, 0, 4096);
  request.time = 1'000'000;
  ASSERT_EQ(gantry_ssd_submit(drive.get(), &request), GANTRY_SSD_OK);
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 1U);
  EXPECT_EQ(gantry_ssd_next_time(drive.get()), 1'000'000U);
  EXPECT_EQ(gantry_ssd_next(drive.get(), 1'059'811, &completion), GANTRY_SSD_NONE);
  EXPECT_EQ(gantry_ssd_next(drive.get(), 1'059'812, &completion), GANTRY_SSD_OK);
  EXPECT_EQ(completion.completed - completion.submitted, 59'812U);
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 0U);
}

TEST(CApi, KeepsDataByNamespace) {
  auto options = small_options();
  options.data = GANTRY_SSD_MEMORY;
  const auto drive = open_drive(options);
  std::vector<char> written(10'000, 'w');
  auto request = request_of(GANTRY_SSD_WRITE, 100, written.size());
  request.data = written.data();
  request.namespace_id = 2;
  request.flags = GANTRY_SSD_FUA;
  run(drive.get(), request);
  std::vector<char> read(written.size());
  request = request_of(GANTRY_SSD_READ, 262'144 + 100, read.size());
  request.data = read.data();
  run(drive.get(), request);
  EXPECT_EQ(read, written);
  request = request_of(GANTRY_SSD_TRIM, 0, 524'288);
  request.namespace_id = 2;
  run(drive.get(), request);
  request = request_of(GANTRY_SSD_READ, 100, read.size());
  request.namespace_id = 2;
  request.data = read.data();
  run(drive.get(), request);
  EXPECT_EQ(read, std::vector<char>(read.size()));
  run(drive.get(), request_of(GANTRY_SSD_FLUSH, 0, 0));
}

TEST(CApi, SaysWhatADriveIs) {
  const auto drive = open_drive(small_options());
  gantry_ssd_info info{};
  info.size = sizeof(info);
  ASSERT_EQ(gantry_ssd_get_info(drive.get(), &info), GANTRY_SSD_OK);
  EXPECT_EQ(info.capacity, 1'048'576U);
  EXPECT_EQ(info.mapping_unit, 4096U);
  EXPECT_EQ(info.page_size, 4096U);
  EXPECT_EQ(info.queues, 2U);
  EXPECT_EQ(info.namespaces, 2U);
  EXPECT_EQ(info.data, GANTRY_SSD_TIMING_ONLY);
  EXPECT_EQ(info.write_buffer, 0U);
  EXPECT_EQ(info.max_transfer, 64U << 20);
  gantry_ssd_namespace space{};
  space.size = sizeof(space);
  ASSERT_EQ(gantry_ssd_get_namespace(drive.get(), 1, &space), GANTRY_SSD_OK);
  EXPECT_STREQ(space.name, "boot");
  EXPECT_EQ(space.offset, 0U);
  EXPECT_EQ(space.capacity, 262'144U);
  ASSERT_EQ(gantry_ssd_get_namespace(drive.get(), 2, &space), GANTRY_SSD_OK);
  EXPECT_STREQ(space.name, "");
  EXPECT_EQ(space.offset, 262'144U);
  EXPECT_EQ(space.capacity, 524'288U);
  for (const auto id : {0U, 3U, ~0U}) {
    EXPECT_EQ(gantry_ssd_get_namespace(drive.get(), id, &space), GANTRY_SSD_INVALID);
    EXPECT_STREQ(gantry_ssd_message(), "there is no such namespace");
  }
}

TEST(CApi, CountsAndReports) {
  const auto drive = open_drive(small_options());
  run(drive.get(), request_of(GANTRY_SSD_WRITE, 0, 8192));
  run(drive.get(), request_of(GANTRY_SSD_WRITE, 0, 100));
  gantry_ssd_counters counters{};
  counters.size = sizeof(counters);
  ASSERT_EQ(gantry_ssd_get_counters(drive.get(), &counters), GANTRY_SSD_OK);
  EXPECT_EQ(counters.submitted, 2U);
  EXPECT_EQ(counters.completed, 2U);
  EXPECT_EQ(counters.modifications, 1U);
  EXPECT_EQ(counters.mapped_pages, 2U);
  EXPECT_EQ(counters.flash_reads, 1U);
  EXPECT_EQ(counters.flash_programs, 3U);
  EXPECT_EQ(counters.host_pages, 3U);

  ASSERT_EQ(gantry_ssd_begin_report(drive.get()), GANTRY_SSD_OK);
  run(drive.get(), request_of(GANTRY_SSD_READ, 0, 4096));
  char* text = nullptr;
  ASSERT_EQ(gantry_ssd_report(drive.get(), GANTRY_SSD_HISTOGRAMS, &text), GANTRY_SSD_OK);
  const auto json = nlohmann::json::parse(text);
  gantry_ssd_free(text);
  EXPECT_EQ(json["description"]["capacity"], "1MiB");
  const auto dump = json["report"].dump();
  EXPECT_THAT(dump, testing::HasSubstr("\"counts\":[[58368,1]]"));
  EXPECT_EQ(gantry_ssd_report(drive.get(), 2, &text), GANTRY_SSD_INVALID);
  EXPECT_EQ(text, nullptr);

  ASSERT_EQ(gantry_ssd_series(drive.get(), &text), GANTRY_SSD_OK);
  const std::string series(text);
  gantry_ssd_free(text);
  EXPECT_THAT(series, testing::StartsWith("time_ns,reads,writes,others,bytes_read,"));
  EXPECT_THAT(series, testing::HasSubstr(",1,0,0,4096,0,58482,58482,0,0,0\n"));
}

TEST(CApi, MeasuresNothingIfAskedNotTo) {
  auto options = small_options();
  options.flags = GANTRY_SSD_WITHOUT_REPORT;
  const auto drive = open_drive(options);
  run(drive.get(), request_of(GANTRY_SSD_WRITE, 0, 8192));
  char* text = nullptr;
  EXPECT_EQ(gantry_ssd_report(drive.get(), 0, &text), GANTRY_SSD_INVALID);
  EXPECT_STREQ(gantry_ssd_message(), "the drive measures nothing");
  EXPECT_EQ(gantry_ssd_series(drive.get(), &text), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_begin_report(drive.get()), GANTRY_SSD_INVALID);
}

struct Wrong {
  int status;
  const char* message;
  void (*change)(gantry_ssd_request& request);
};

class WrongRequest : public testing::TestWithParam<Wrong> {};

TEST_P(WrongRequest, IsRefused) {
  const auto drive = open_drive(small_options());
  run(drive.get(), request_of(GANTRY_SSD_WRITE, 0, 4096));
  auto request = request_of(GANTRY_SSD_READ, 0, 4096);
  request.time = gantry_ssd_now(drive.get());
  GetParam().change(request);
  EXPECT_EQ(gantry_ssd_submit(drive.get(), &request), GetParam().status);
  EXPECT_STREQ(gantry_ssd_message(), GetParam().message);
  EXPECT_EQ(gantry_ssd_outstanding(drive.get()), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongRequest,
    testing::Values(Wrong{GANTRY_SSD_INVALID, "there is no such opcode",
                          [](auto& request) { request.opcode = 4; }},
                    Wrong{GANTRY_SSD_INVALID, "there are no such flags",
                          [](auto& request) { request.flags = 3; }},
                    Wrong{GANTRY_SSD_INVALID, "what is reserved is not 0",
                          [](auto& request) { request.reserved = 1; }},
                    Wrong{GANTRY_SSD_INVALID, "there is no namespace 3: the device has 2",
                          [](auto& request) { request.namespace_id = 3; }},
                    Wrong{GANTRY_SSD_INVALID, "there is no queue 2: the device has 2",
                          [](auto& request) { request.queue = 2; }},
                    Wrong{GANTRY_SSD_INVALID, "there is no queue 65535: the device has 2",
                          [](auto& request) { request.queue = 65'536; }},
                    Wrong{GANTRY_SSD_INVALID,
                          "a command comes at 3 ns, but it is 608482 ns already",
                          [](auto& request) { request.time = 3; }},
                    Wrong{GANTRY_SSD_INVALID,
                          "a command comes at 9223372036854775807 ns, beyond the end of time",
                          [](auto& request) { request.time = GANTRY_SSD_NEVER; }},
                    Wrong{GANTRY_SSD_INVALID, "a command has no bytes",
                          [](auto& request) { request.length = 0; }},
                    Wrong{GANTRY_SSD_RANGE,
                          "4096 bytes at 1044481 are not all on a device of 1048576 bytes",
                          [](auto& request) { request.offset = 1'044'481; }},
                    Wrong{GANTRY_SSD_RANGE,
                          "4096 bytes at 18446744073709551615 are not all on a device of "
                          "262144 bytes",
                          [](auto& request) {
                            request.namespace_id = 1;
                            request.offset = ~std::uint64_t{0};
                          }}));

TEST(CApi, NeedsItsPointers) {
  const auto drive = open_drive(small_options());
  auto request = request_of(GANTRY_SSD_READ, 0, 4096);
  gantry_ssd_completion completion{};
  gantry_ssd_info info{};
  gantry_ssd_namespace space{};
  gantry_ssd_counters counters{};
  char* text = nullptr;
  EXPECT_EQ(gantry_ssd_submit(nullptr, &request), GANTRY_SSD_INVALID);
  EXPECT_STREQ(gantry_ssd_message(), "there is no drive");
  EXPECT_EQ(gantry_ssd_submit(drive.get(), nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_next(nullptr, 0, &completion), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_next(drive.get(), 0, nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_info(nullptr, &info), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_info(drive.get(), nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_info(drive.get(), &info), GANTRY_SSD_INVALID) << "its size is 0";
  EXPECT_EQ(gantry_ssd_get_namespace(nullptr, 1, &space), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_namespace(drive.get(), 1, nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_namespace(drive.get(), 1, &space), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_counters(nullptr, &counters), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_counters(drive.get(), nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_get_counters(drive.get(), &counters), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_begin_report(nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_report(nullptr, 0, &text), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_report(drive.get(), 0, nullptr), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_save(nullptr, "x"), GANTRY_SSD_INVALID);
  EXPECT_EQ(gantry_ssd_next_time(nullptr), GANTRY_SSD_NEVER);
  EXPECT_EQ(gantry_ssd_now(nullptr), 0U);
  EXPECT_EQ(gantry_ssd_outstanding(nullptr), 0U);
}

TEST(CApi, ErrorsBelongToAThread) {
  EXPECT_EQ(gantry_ssd_submit(nullptr, nullptr), GANTRY_SSD_INVALID);
  std::string other = "not asked";
  std::thread([&] { other = gantry_ssd_message(); }).join();
  EXPECT_EQ(other, "");
  EXPECT_STREQ(gantry_ssd_message(), "there is no drive");
}

TEST(CApi, HasAVersion) {
  EXPECT_EQ(gantry_ssd_api_version(), static_cast<unsigned>(GANTRY_SSD_API_VERSION));
  EXPECT_THAT(gantry_ssd_version(), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace gantry::capi
