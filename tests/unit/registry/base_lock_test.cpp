#include "registry/base_lock.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::registry {
namespace {

oci::Descriptor image_of(const std::string& text) {
  oci::Descriptor descriptor;
  descriptor.media_type = oci::media_type::kManifest;
  content::Sha256 hash;
  hash.update(text);
  descriptor.digest = hash.finish();
  descriptor.size = text.size();
  return descriptor;
}

class BaseLockTest : public testing::Test {
 protected:
  BaseLock read() {
    auto lock = BaseLock::read(path_);
    EXPECT_TRUE(lock) << lock.error().what;
    return *std::move(lock);
  }

  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path path_ = directory_.path() / "gantry.lock";
};

TEST_F(BaseLockTest, KeepsWhatIsPinned) {
  auto lock = read();
  EXPECT_EQ(lock.find("host/a:1"), nullptr);
  EXPECT_TRUE(*lock.pin("host/a:1", image_of("first")));
  EXPECT_EQ(*read().find("host/a:1"), image_of("first"));
  EXPECT_FALSE(*lock.pin("host/a:1", image_of("first")));
}

TEST_F(BaseLockTest, WhoPinsFirstIsRight) {
  auto one = read();
  auto other = read();
  EXPECT_TRUE(*one.pin("host/a:1", image_of("first")));
  EXPECT_FALSE(*other.pin("host/a:1", image_of("second")));
  EXPECT_EQ(*other.find("host/a:1"), image_of("first")) << "both build on the same image";
}

TEST_F(BaseLockTest, MovesOnlyWhenAsked) {
  auto lock = read();
  EXPECT_TRUE(*lock.pin("host/a:1", image_of("first")));
  EXPECT_TRUE(*lock.move("host/a:1", image_of("second")));
  EXPECT_EQ(*read().find("host/a:1"), image_of("second"));
  EXPECT_FALSE(*lock.move("host/a:1", image_of("second")));
}

TEST_F(BaseLockTest, ManyPinAtOnceAndNoneIsLost) {
  constexpr int kThreads = 8;
  constexpr int kPins = 20;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([this, thread] {
        auto lock = read();
        for (int pin = 0; pin < kPins; ++pin) {
          const auto name = "host/" + std::to_string(thread) + ":" + std::to_string(pin);
          EXPECT_TRUE(*lock.pin(name, image_of(name)));
        }
      });
    }
  }
  const auto lock = read();
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int pin = 0; pin < kPins; ++pin) {
      const auto name = "host/" + std::to_string(thread) + ":" + std::to_string(pin);
      ASSERT_NE(lock.find(name), nullptr) << name;
    }
  }
}

}  // namespace
}  // namespace gantry::registry
