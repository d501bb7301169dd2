#include "nbd/capture.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "workload/trace.hpp"

namespace gantry::nbd {
namespace {

gantry_ssd_request request(gantry_ssd_opcode opcode, std::uint64_t offset, std::uint64_t length,
                           std::uint32_t flags = 0) {
  gantry_ssd_request made{};
  made.opcode = opcode;
  made.offset = offset;
  made.length = length;
  made.flags = flags;
  made.queue = 1;
  return made;
}

class CaptureTest : public testing::Test {
 protected:
  std::string path_ = testing::TempDir() + "capture_test." + std::to_string(getpid());
  void TearDown() override { std::filesystem::remove(path_); }
};

TEST_F(CaptureTest, IsReadBackAsWhatItWas) {
  auto capture = Capture::create(path_);
  ASSERT_TRUE(capture);
  capture->record(request(GANTRY_SSD_WRITE, 4096, 8192), 1'000'000'007);
  capture->record(request(GANTRY_SSD_READ, 0, 512), 1'000'000'008);
  capture->record(request(GANTRY_SSD_WRITE, 1000, 100, GANTRY_SSD_FUA), 1'000'000'009);
  capture->record(request(GANTRY_SSD_TRIM, 1 << 20, 3 << 20), 1'000'000'010);
  capture->record(request(GANTRY_SSD_FLUSH, 0, 0), 12'345'678'901'234);
  ASSERT_TRUE(capture->close());
  workload::RequestParser parser(workload::TraceFormat::kBlkparse);
  std::vector<workload::Request> requests;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    const auto parsed = parser.parse(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error().what;
    ASSERT_TRUE(*parsed) << line;
    requests.push_back(**parsed);
  }
  ASSERT_EQ(requests.size(), 5U);
  using ssd::Opcode;
  const Opcode opcodes[] = {Opcode::kWrite, Opcode::kRead, Opcode::kWrite, Opcode::kTrim,
                            Opcode::kFlush};
  const std::uint64_t offsets[] = {4096, 0, 512, 1 << 20, 0};
  const std::uint64_t bytes[] = {8192, 512, 1024, 3 << 20, 0};
  const std::int64_t times[] = {0, 1, 2, 3, 12'344'678'901'227};
  for (std::size_t at = 0; at < requests.size(); ++at) {
    EXPECT_EQ(requests[at].opcode, opcodes[at]) << at;
    EXPECT_EQ(requests[at].offset, offsets[at]) << at;
    EXPECT_EQ(requests[at].bytes, bytes[at]) << at;
    EXPECT_EQ(requests[at].time.count(), times[at]) << at;
    EXPECT_EQ(requests[at].force_unit_access, at == 2) << at;
  }
}

TEST_F(CaptureTest, SaysThatAFileCannotBeMade) {
  const auto capture = Capture::create("/nonexistent/trace");
  ASSERT_FALSE(capture);
  EXPECT_EQ(capture.error().what, "cannot write the trace: No such file or directory");
  EXPECT_EQ(capture.error().where, "/nonexistent/trace");
}

TEST_F(CaptureTest, SaysThatTheDiskIsFull) {
  auto capture = Capture::create("/dev/full");
  ASSERT_TRUE(capture);
  for (int line = 0; line < 100'000; ++line) {
    capture->record(request(GANTRY_SSD_READ, 0, 4096), 1);
  }
  const auto closed = capture->close();
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().what, "cannot write the trace: No space left on device");
}

}  // namespace
}  // namespace gantry::nbd
