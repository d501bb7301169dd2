#include "vm/admission.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "base/memory.hpp"
#include "base/text.hpp"
#include "vm/run_directory.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::chrono::milliseconds kPause{50};

struct Taken {
  unsigned machines = 0;
  std::uint64_t bytes = 0;
};

/// What those have that still run; the notes of others are removed.
Taken taken_in(const fs::path& directory) {
  Taken taken;
  std::error_code failure;
  for (auto it = fs::directory_iterator(directory, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    const auto& path = it->path();
    const Fd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
      continue;
    }
    if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
      unlink(path.c_str());
      continue;
    }
    const auto text = base::read_file(path, 64);
    const auto bytes = text ? base::parse_unsigned(base::trim(*text)) : std::nullopt;
    ++taken.machines;
    taken.bytes += bytes.value_or(0);
  }
  return taken;
}

std::uint64_t memory_of_host() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

Result<Admission> Admission::wait(std::uint64_t bytes,
                                  const std::function<void(std::string_view)>& say) {
  GANTRY_TRY(const auto root, run_root());
  return wait_in(root / "memory", memory_of_host() / 8 * 7, bytes, say);
}

Result<Admission> Admission::wait_in(const fs::path& directory, std::uint64_t limit,
                                     std::uint64_t bytes,
                                     const std::function<void(std::string_view)>& say) {
  GANTRY_CHECK(base::make_directories(directory));
  for (bool told = false; !base::interrupted(); std::this_thread::sleep_for(kPause)) {
    GANTRY_TRY(const auto turn, base::FileLock::of_directory(directory));
    const auto taken = taken_in(directory);
    if (taken.machines == 0 ||
        (taken.bytes + bytes <= limit && base::available_memory() >= bytes)) {
      auto path = (directory / "XXXXXX").native();
      Fd owner(mkostemp(path.data(), O_CLOEXEC));
      if (!owner) {
        return base::errno_error("create a file in", directory);
      }
      const auto text = std::to_string(bytes);
      if (flock(owner.get(), LOCK_EX | LOCK_NB) != 0) {
        return base::errno_error("lock", path);
      }
      GANTRY_CHECK(base::write_all(owner.get(), std::as_bytes(std::span(text)), path));
      return Admission(std::move(path), std::move(owner));
    }
    if (!told && say) {
      say(fmt::format("waiting for {} of memory: {} machines have {}\n", base::format_bytes(bytes),
                      taken.machines, base::format_bytes(taken.bytes)));
      told = true;
    }
  }
  return base::Error{"stopped while waiting for memory", "", ""};
}

Admission::~Admission() {
  if (owner_) {
    unlink(path_.c_str());
  }
}

}  // namespace gantry::vm
