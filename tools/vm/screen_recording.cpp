#include "vm/screen_recording.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/process.hpp"
#include "vm/screen.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::chrono::milliseconds kLongestInterval{2000};
constexpr int kShare = 5;  // of the time that a frame takes, which is waited between two
constexpr std::chrono::seconds kEncoderTime{10};
constexpr std::uint64_t kMostFrame = std::uint64_t{100} << 20;

/// All of it, or false: the encoder is gone, or does not take it.
bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<std::string> take_frame(Monitor& monitor, const fs::path& path) {
  GANTRY_CHECK(dump_screen(monitor, path, "ppm"));
  return base::read_file(path, kMostFrame);
}

/// Until it is stopped, or something is amiss: a recording is no reason for a stage to fail.
void record(const std::stop_token& stop, Monitor& monitor, const fs::path& path,
            const Fd& encoder) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::string last;
  for (;;) {
    const auto begin = Clock::now();
    auto frame = take_frame(monitor, path);
    if (!frame) {
      return;
    }
    // The last one is there twice, so that it has a length.
    const bool end = stop.stop_requested();
    if ((end || *frame != last) && !send_all(encoder.get(), *frame)) {
      return;
    }
    if (end) {
      return;
    }
    last = *std::move(frame);
    const auto wait =
        std::clamp<Clock::duration>((Clock::now() - begin) * kShare, kInterval, kLongestInterval);
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, wait, [] { return false; });
  }
}

}  // namespace

Result<ScreenRecording> ScreenRecording::start(Machine& machine, const fs::path& path) {
  GANTRY_TRY(const auto screen, Screen::open(machine));
  static_cast<void>(screen);
  const auto ffmpeg = base::find_program("ffmpeg");
  if (!ffmpeg) {
    return base::Error{"ffmpeg is not installed, and the screen is to be recorded", "",
                       "on Debian: apt-get install ffmpeg"};
  }
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("make a socket for", *ffmpeg);
  }
  Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  const timeval patience{2, 0};
  setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  // Firmware, boot loader and system have screens of other sizes.
  const std::vector<std::string> arguments{
      ffmpeg->native(),
      "-loglevel",
      "error",
      "-y",
      "-f",
      "image2pipe",
      "-use_wallclock_as_timestamps",
      "1",
      "-c:v",
      "ppm",
      "-i",
      fmt::format("pipe:{}", theirs.get()),
      "-vf",
      "scale=1024:768:force_original_aspect_ratio=decrease,pad=1024:768:-1:-1",
      "-vsync",
      "vfr",
      "-c:v",
      "libvpx",
      "-deadline",
      "realtime",
      "-cpu-used",
      "8",
      "-b:v",
      "500k",
      path.native()};
  auto log = path;
  log.replace_extension(".log");
  GANTRY_TRY(auto encoder, Process::start({arguments, log, {theirs.get()}}));
  return ScreenRecording(std::make_unique<Process>(std::move(encoder)), std::move(ours), machine);
}

ScreenRecording::ScreenRecording(std::unique_ptr<Process> encoder, Fd frames, Machine& machine)
    : encoder_(std::move(encoder)),
      thread_([&monitor = *machine.monitor, path = machine.directory / "recording.ppm",
               frames = std::move(frames)](const std::stop_token& stop) {
        record(stop, monitor, path, frames);
      }) {}

ScreenRecording::~ScreenRecording() {
  if (encoder_) {
    thread_.request_stop();
    // Its end of the socket goes with the thread, at which the encoder writes its index.
    thread_.join();
    encoder_->wait_for_end(after(kEncoderTime));
  }
}

}  // namespace gantry::vm
