#include "vm/space.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "vm/deadline.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kPause{200};

}  // namespace

std::uint64_t room_in(const fs::path& path) {
  struct statvfs status {};
  return statvfs(path.c_str(), &status) == 0
             ? static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize
             : 0;
}

Result<void> check_room(const std::vector<SpaceNeed>& needs) {
  struct Sum {
    fs::path where;
    std::uint64_t bytes = 0;
    std::string parts;
  };
  std::map<dev_t, Sum> sums;
  for (const auto& need : needs) {
    struct stat status {};
    if (stat(need.where.c_str(), &status) != 0) {
      return base::errno_error("look at", need.where);
    }
    auto& sum = sums[status.st_dev];
    sum.where = sum.where.empty() ? need.where : sum.where;
    sum.bytes += need.bytes;
    sum.parts += fmt::format("{}{} {}", sum.parts.empty() ? "" : ", ",
                             base::format_bytes(need.bytes), need.what);
  }
  for (const auto& [device, sum] : sums) {
    if (const auto room = room_in(sum.where); room < sum.bytes) {
      return base::Error{
          fmt::format("there is not enough room: {} may be needed ({}), and {} is there",
                      base::format_bytes(sum.bytes), sum.parts, base::format_bytes(room)),
          sum.where.native(),
          fmt::format("free {} on that file system, for example by gantry vm gc",
                      base::format_bytes(sum.bytes - room))};
    }
  }
  return {};
}

bool is_lack_of_room(const base::Error& error) {
  constexpr std::array<int, 3> kCodes{ENOSPC, EDQUOT, EFBIG};
  for (const int code : kCodes) {
    if (error.what.find(std::strerror(code)) != std::string::npos) {
      return true;
    }
  }
  return false;
}

Result<void> when_there_is_room(const RoomWait& wait, const std::function<Result<void>()>& work) {
  const auto deadline = after(wait.patience);
  for (bool told = false;; told = true) {
    auto done = work();
    if (done || !is_lack_of_room(done.error())) {
      return done;
    }
    if (base::interrupted() || std::chrono::steady_clock::now() >= deadline) {
      done.error().hint =
          fmt::format("free some room in {}, and build it again", wait.where.native());
      return done;
    }
    if (!told && wait.progress) {
      wait.progress(
          fmt::format("there is no room in {}: the guest waits for it, for {} s at most\n",
                      wait.where.native(), wait.patience.count()));
    }
    const auto before = room_in(wait.where);
    for (int i = 0; i < 25 && room_in(wait.where) <= before && !base::interrupted(); ++i) {
      std::this_thread::sleep_for(kPause);
    }
  }
}

}  // namespace gantry::vm
