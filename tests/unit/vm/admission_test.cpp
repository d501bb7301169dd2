#include "vm/admission.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr std::uint64_t kLimit = 100 << 20;
constexpr std::uint64_t kSome = 40 << 20;

class AdmissionTest : public testing::Test {
 protected:
  base::Result<Admission> admit(std::uint64_t bytes) {
    return Admission::wait_in(directory_.path(), kLimit, bytes, [this](std::string_view line) {
      said_.emplace_back(line);
      waits_ = true;
    });
  }

  base::TempDir directory_ = *base::TempDir::create();
  std::vector<std::string> said_;
  std::atomic<bool> waits_ = false;
};

TEST_F(AdmissionTest, LetsInWhatFits) {
  const auto one = admit(kSome);
  const auto two = admit(kSome);
  EXPECT_TRUE(one && two);
  EXPECT_TRUE(said_.empty());
}

TEST_F(AdmissionTest, LetsInOneOfAnySize) {
  EXPECT_TRUE(admit(kLimit * 10));
}

TEST_F(AdmissionTest, WaitsForWhatIsGivenBack) {
  auto one = std::optional(*admit(kSome));
  const auto two = *admit(kSome);
  std::atomic<bool> in = false;
  std::thread third([&] {
    const auto admission = admit(kSome);
    in = static_cast<bool>(admission);
  });
  while (!waits_) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(in);
  one.reset();
  third.join();
  EXPECT_TRUE(in);
  EXPECT_THAT(said_, ElementsAre("waiting for 41.9 MB of memory: 2 machines have 83.9 MB\n"));
}

TEST_F(AdmissionTest, ForgetsThoseWhoseProcessIsGone) {
  std::ofstream(directory_.path() / "abcdef") << kLimit;
  EXPECT_TRUE(admit(kSome));
  EXPECT_TRUE(said_.empty());
  EXPECT_FALSE(fs::exists(directory_.path() / "abcdef"));
}

TEST_F(AdmissionTest, LeavesNothing) {
  { const auto one = admit(kSome); }
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

}  // namespace
}  // namespace gantry::vm
