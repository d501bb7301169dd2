#include "vm/screen_recording.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "fake_monitor.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

/// With an ffmpeg that does what a test says; its last argument is the video.
class ScreenRecordingTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("PATH");
    path_ = path == nullptr ? "" : path;
    setenv("PATH", (directory_.path().native() + ":" + path_).c_str(), 1);
  }
  void TearDown() override { setenv("PATH", path_.c_str(), 1); }

  void ffmpeg(const std::string& script) const {
    const auto path = directory_.path() / "ffmpeg";
    std::ofstream(path)
        << "#!/bin/bash\nfor video; do :; done\nwhile [ \"$1\" != -i ]; do shift; done\n"
        << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }

  std::string path_;
  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path video_ = directory_.path() / "screen.webm";
  WatchedMachine watched_;
};

TEST_F(ScreenRecordingTest, GivesEachFrameOnceAndTheLastAgain) {
  ffmpeg("cat <&${2#pipe:} >$video");
  for (const char* line : {"one", "one", "two", "two"}) {
    watched_.monitor().show(line);
  }
  const auto one = watched_.monitor().frames.front();
  const auto two = watched_.monitor().frames.back();
  {
    const auto recording = ScreenRecording::start(watched_.machine(), video_);
    ASSERT_TRUE(recording) << recording.error().what;
    std::this_thread::sleep_for(1500ms);
  }
  const auto video = *base::read_file(video_);
  // The first look at the screen, whether there is one, has taken the first of them.
  EXPECT_EQ(video.size() / one.size(), 3U);
  EXPECT_TRUE(video == one + two + two);
}

TEST_F(ScreenRecordingTest, AnEncoderThatFailsHoldsNothingUp) {
  for (const char* script : {"exit 1", "sleep 30"}) {
    ffmpeg(script);
    watched_.monitor().show("text");
    const auto begin = std::chrono::steady_clock::now();
    {
      const auto recording = ScreenRecording::start(watched_.machine(), video_);
      ASSERT_TRUE(recording) << recording.error().what;
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
  }
}

TEST_F(ScreenRecordingTest, NeedsADisplayAndAnEncoder) {
  const auto blind = ScreenRecording::start(watched_.machine(), video_);
  ASSERT_FALSE(blind);
  EXPECT_EQ(blind.error().hint, "give the guest a display ('display vga' in its description)");
  watched_.monitor().show("text");
  setenv("PATH", "/nowhere", 1);
  const auto mute = ScreenRecording::start(watched_.machine(), video_);
  ASSERT_FALSE(mute);
  EXPECT_EQ(mute.error().what, "ffmpeg is not installed, and the screen is to be recorded");
}

}  // namespace
}  // namespace gantry::vm
