#include "nbd/server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace gantry::nbd {
namespace {

constexpr const char* kDrive = R"({
  "name": "two halves",
  "geometry": {"channels": 2, "chips_per_channel": 1, "blocks_per_plane": 64, "pages_per_block": 64},
  "capacity": "16MiB",
  "namespaces": [{"name": "left", "size": "25%"}, {"size": "75%"}],
  "nand": {"read": ["1us"], "program": ["1us"], "erase": "1us"}
})";

class ServerTest : public testing::Test {
 protected:
  ServerTest() { std::filesystem::create_directories(directory_); }
  ~ServerTest() override { std::filesystem::remove_all(directory_); }

  void open() {
    options_.json = kDrive;
    auto opened = Server::open(options_);
    ASSERT_TRUE(opened) << opened.error().what;
    server_ = *std::move(opened);
    whole_ = *server_->connect("");
  }
  std::vector<char> bytes(std::uint64_t length, std::uint64_t offset) {
    std::vector<char> data(length, 'x');
    EXPECT_TRUE(server_->read(whole_, data.data(), length, offset));
    return data;
  }

  std::filesystem::path directory_ = testing::TempDir() + "server_test." + std::to_string(getpid());
  Options options_;
  std::unique_ptr<Server> server_;
  Connection whole_;
};

TEST_F(ServerTest, HasAnExportForEachNamespace) {
  open();
  const auto& exports = server_->exports();
  ASSERT_EQ(exports.size(), 3U);
  EXPECT_EQ(exports[0].name, "");
  EXPECT_EQ(exports[0].capacity, std::uint64_t{16} << 20);
  EXPECT_EQ(exports[1].name, "left");
  EXPECT_EQ(exports[1].capacity, std::uint64_t{4} << 20);
  EXPECT_EQ(exports[2].name, "2");
  EXPECT_EQ(server_->connect("left")->namespace_id, 1U);
  EXPECT_EQ(server_->connect("1")->namespace_id, 1U);
  EXPECT_EQ(server_->connect("2")->capacity, std::uint64_t{12} << 20);
  const auto unknown = server_->connect("right");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().what, "there is no export \"right\": the drive has 2 namespaces");
  EXPECT_FALSE(server_->connect("0"));
}

TEST_F(ServerTest, KeepsData) {
  open();
  const std::string text(5000, 'a');
  ASSERT_TRUE(server_->write(*server_->connect("2"), text.data(), text.size(), 100, true));
  EXPECT_EQ(bytes(5002, (4 << 20) + 99), [&] {
    std::vector<char> expected(text.begin(), text.end());
    expected.insert(expected.begin(), '\0');
    expected.push_back('\0');
    return expected;
  }());
  ASSERT_TRUE(server_->trim(whole_, 2000, (4 << 20) + 100, true));
  EXPECT_EQ(bytes(2000, (4 << 20) + 100), std::vector<char>(2000, '\0'));
  ASSERT_TRUE(server_->write_zeros(whole_, 16 << 20, 0, false));
  EXPECT_EQ(bytes(5002, (4 << 20) + 99), std::vector<char>(5002, '\0'));
  ASSERT_TRUE(server_->flush(whole_));
}

TEST_F(ServerTest, WritesItsReportItsStateAndItsTrace) {
  options_.report = directory_ / "report.json";
  options_.save_state = directory_ / "drive.state";
  options_.capture = directory_ / "drive.trace";
  options_.data = GANTRY_SSD_FILE;
  options_.data_file = directory_ / "drive.data";
  options_.socket = directory_ / "socket";
  std::ofstream(options_.socket) << "x";
  open();
  const std::string text(4096, 'a');
  ASSERT_TRUE(server_->write(whole_, text.data(), text.size(), 8192, false));
  EXPECT_THAT(server_->finish(), testing::IsEmpty());
  server_.reset();
  const auto report = nlohmann::json::parse(std::ifstream(directory_ / "report.json"));
  EXPECT_EQ(report["delivery"]["delivered"], 1);
  EXPECT_EQ(report["delivery"]["tolerance_ns"], 10'000);
  EXPECT_EQ(report["traffic"]["written_bytes"], 4096);
  EXPECT_EQ(report["report"]["opcodes"]["write"]["commands"], 1);
  EXPECT_EQ(report["description"]["name"], "two halves");
  EXPECT_TRUE(report.contains("transport_ns"));
  EXPECT_FALSE(std::filesystem::exists(options_.socket));
  EXPECT_GT(std::filesystem::file_size(options_.capture), 20U);

  options_.state = options_.save_state;
  open();
  EXPECT_EQ(bytes(4096, 8192), std::vector<char>(text.begin(), text.end()));
}

TEST_F(ServerTest, SaysWhatCannotBeOpened) {
  options_.device = "no-such-drive";
  const auto opened = Server::open(options_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, testing::HasSubstr("no-such-drive"));
}

TEST_F(ServerTest, SaysWhatCannotBeWrittenAtTheEnd) {
  options_.report = directory_ / "nowhere" / "report.json";
  options_.save_state = directory_ / "nowhere" / "drive.state";
  options_.socket = directory_ / "socket";
  std::ofstream(options_.socket) << "x";
  open();
  const auto failures = server_->finish();
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_THAT(failures[0].what + failures[0].where, testing::HasSubstr("drive.state"));
  EXPECT_THAT(failures[1].what + failures[1].where, testing::HasSubstr("report.json"));
  EXPECT_FALSE(std::filesystem::exists(options_.socket));
}

TEST_F(ServerTest, IsSwitchedOffWhileClientsStay) {
  options_.save_state = directory_ / "drive.state";
  open();
  EXPECT_THAT(server_->finish(), testing::IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(options_.save_state));
  char byte = 0;
  const auto late = server_->read(whole_, &byte, 1, 0);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().what, "the drive is switched off");
}

}  // namespace
}  // namespace gantry::nbd
