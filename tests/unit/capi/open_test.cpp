#include <cstring>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "opened_drive.hpp"

namespace gantry::capi {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

int open_status(const gantry_ssd_options& options) {
  gantry_ssd* drive = nullptr;
  const auto status = gantry_ssd_open(&options, &drive);
  EXPECT_EQ(drive != nullptr, status == GANTRY_SSD_OK);
  gantry_ssd_close(drive);
  return status;
}

TEST(Open, TakesAProfileAFileAndADescription) {
  EXPECT_EQ(open_status(options_of("ref-a")), GANTRY_SSD_OK);
  EXPECT_EQ(open_status(small_options()), GANTRY_SSD_OK);
  const auto directory = base::TempDir::create();
  const auto path = directory->path() / "device.json";
  std::ofstream(path) << kSmall;
  EXPECT_EQ(open_status(options_of(path.c_str())), GANTRY_SSD_OK);
}

TEST(Open, SaysWhatIsWrongWithADescription) {
  EXPECT_EQ(open_status(options_of("reff-a")), GANTRY_SSD_DESCRIPTION);
  EXPECT_THAT(gantry_ssd_message(), HasSubstr("reff-a"));
  EXPECT_THAT(gantry_ssd_hint(), HasSubstr("ref-a"));
  auto options = options_of(nullptr);
  options.json = R"({"capacity": "7GiB", "nand": {"eread": ["50us"]}})";
  EXPECT_EQ(open_status(options), GANTRY_SSD_DESCRIPTION);
  EXPECT_STREQ(gantry_ssd_message(), "/nand/eread: unknown key; did you mean 'read'?");
  EXPECT_STREQ(gantry_ssd_hint(), "");
  EXPECT_EQ(open_status(options_of("/none/device.json")), GANTRY_SSD_DESCRIPTION);
  EXPECT_STREQ(gantry_ssd_message(), "cannot read /none/device.json: No such file or directory");
}

TEST(Open, CutsALongMessageBetweenCharacters) {
  std::string json = R"({"capacity": "7GiB")";
  for (int at = 0; at < 500; ++at) {
    json += ", \"ä" + std::to_string(at) + "ö\": 1";
  }
  json += "}";
  auto options = options_of(nullptr);
  options.json = json.c_str();
  EXPECT_EQ(open_status(options), GANTRY_SSD_DESCRIPTION);
  const std::string message = gantry_ssd_message();
  EXPECT_THAT(message, StartsWith("500 problems\n  /ä0ö: unknown key"));
  EXPECT_LT(message.size(), 8192U);
  EXPECT_GT(message.size(), 8180U);
  EXPECT_NE(static_cast<unsigned char>(message.back()), 0xc3);
}

struct Wrong {
  const char* message;
  void (*change)(gantry_ssd_options& options);
};

class WrongOptions : public testing::TestWithParam<Wrong> {};

TEST_P(WrongOptions, AreRefused) {
  auto options = options_of("ref-a");
  GetParam().change(options);
  EXPECT_EQ(open_status(options), GANTRY_SSD_INVALID);
  EXPECT_STREQ(gantry_ssd_message(), GetParam().message);
  EXPECT_STRNE(gantry_ssd_hint(), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongOptions,
    testing::Values(
        Wrong{"the size of a structure is not that which this library knows",
              [](auto& options) { options.size = 0; }},
        Wrong{"the size of a structure is not that which this library knows",
              [](auto& options) { options.size = ~std::size_t{0}; }},
        Wrong{"a drive has a device or a json, not both",
              [](auto& options) { options.json = kSmall; }},
        Wrong{"a drive needs a device, a json or a state",
              [](auto& options) { options.device = nullptr; }},
        Wrong{"there is no such mode of data", [](auto& options) { options.data = 3; }},
        Wrong{"a data_file goes with GANTRY_SSD_FILE, and with it alone",
              [](auto& options) { options.data = GANTRY_SSD_FILE; }},
        Wrong{"a data_file goes with GANTRY_SSD_FILE, and with it alone",
              [](auto& options) { options.data_file = "/tmp/x"; }},
        Wrong{"there is no such fill", [](auto& options) { options.fill = 0x80000000; }},
        Wrong{"a drive of a state cannot be filled",
              [](auto& options) {
                options.fill = GANTRY_SSD_FILL_RANDOM;
                options.state = "/tmp/x";
              }},
        Wrong{"there are no such flags", [](auto& options) { options.flags = 2; }},
        Wrong{"what is reserved is not 0", [](auto& options) { options.reserved = 1; }}));

TEST(Open, NeedsItsPointers) {
  const auto options = options_of("ref-a");
  EXPECT_EQ(gantry_ssd_open(&options, nullptr), GANTRY_SSD_INVALID);
  EXPECT_STREQ(gantry_ssd_message(), "there is no place for the drive");
  auto* drive = reinterpret_cast<gantry_ssd*>(8);
  EXPECT_EQ(gantry_ssd_open(nullptr, &drive), GANTRY_SSD_INVALID);
  EXPECT_EQ(drive, nullptr);
  EXPECT_STREQ(gantry_ssd_message(), "there are no options");
  gantry_ssd_close(nullptr);
  gantry_ssd_free(nullptr);
}

TEST(Open, SaysWhyADataFileCannotBeUsed) {
  auto options = small_options();
  options.data = GANTRY_SSD_FILE;
  options.data_file = "/none/data";
  EXPECT_EQ(open_status(options), GANTRY_SSD_IO);
  EXPECT_STREQ(gantry_ssd_message(), "cannot write /none/data: No such file or directory");
}

TEST(Open, GoesOnWithAState) {
  const auto directory = base::TempDir::create();
  const auto path = (directory->path() / "state").native();
  const auto data = (directory->path() / "data").native();
  auto options = small_options();
  options.data = GANTRY_SSD_FILE;
  options.data_file = data.c_str();
  char text[8] = "written";
  std::uint64_t now = 0;
  {
    const auto drive = open_drive(options);
    auto request = request_of(GANTRY_SSD_WRITE, 1000, sizeof(text));
    request.namespace_id = 2;
    request.data = text;
    ASSERT_EQ(gantry_ssd_submit(drive.get(), &request), GANTRY_SSD_OK);
    EXPECT_EQ(gantry_ssd_save(drive.get(), path.c_str()), GANTRY_SSD_BUSY);
    EXPECT_STREQ(gantry_ssd_message(), "a drive cannot be saved while commands are outstanding");
    gantry_ssd_completion completion;
    ASSERT_EQ(gantry_ssd_next(drive.get(), GANTRY_SSD_NEVER, &completion), GANTRY_SSD_OK);
    EXPECT_EQ(gantry_ssd_save(drive.get(), "/none/state"), GANTRY_SSD_IO);
    EXPECT_EQ(gantry_ssd_save(drive.get(), nullptr), GANTRY_SSD_INVALID);
    ASSERT_EQ(gantry_ssd_save(drive.get(), path.c_str()), GANTRY_SSD_OK) << gantry_ssd_message();
    now = gantry_ssd_now(drive.get());
    EXPECT_EQ(now, completion.completed);
  }
  for (const bool is_told : {true, false}) {
    options.state = path.c_str();
    options.json = is_told ? kSmall : nullptr;
    const auto drive = open_drive(options);
    EXPECT_EQ(gantry_ssd_now(drive.get()), now);
    auto request = request_of(GANTRY_SSD_READ, 1000, sizeof(text));
    request.namespace_id = 2;
    char read[8] = {};
    request.data = read;
    request.time = now;
    ASSERT_EQ(gantry_ssd_submit(drive.get(), &request), GANTRY_SSD_OK) << gantry_ssd_message();
    EXPECT_STREQ(read, text);
    gantry_ssd_counters counters{};
    counters.size = sizeof(counters);
    ASSERT_EQ(gantry_ssd_get_counters(drive.get(), &counters), GANTRY_SSD_OK);
    EXPECT_EQ(counters.mapped_pages, 1U);
  }
  options.json = nullptr;
  options.device = "ref-a";
  EXPECT_EQ(open_status(options), GANTRY_SSD_DESCRIPTION);
  EXPECT_THAT(gantry_ssd_message(), HasSubstr("state"));
  std::ofstream(path) << "no state";
  EXPECT_EQ(open_status(options), GANTRY_SSD_IO);
}

}  // namespace
}  // namespace gantry::capi
