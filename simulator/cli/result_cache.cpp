#include "cli/result_cache.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/user_cache_place.hpp"
#include "cli/sha256.hpp"

namespace gantry::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kLimitOfBuildTree = std::uint64_t{10} << 30;

/// Beside what it is going to be called, so that a killed copy leaves no half of it.
base::Result<void> copy_whole(const fs::path& from, const fs::path& to) {
  GANTRY_TRY(const auto source, base::open_file(from, O_RDONLY));
  auto name = to.native() + ".XXXXXX";
  const base::Fd target(mkostemp(name.data(), O_CLOEXEC));
  if (!target) {
    return base::errno_error("create", to);
  }
  const mode_t mask = umask(0);
  umask(mask);
  ssize_t count = 0;
  do {
    count = sendfile(target.get(), source.get(), nullptr, std::size_t{1} << 30);
  } while (count > 0 || (count < 0 && errno == EINTR));
  if (count < 0 || fchmod(target.get(), 0666 & ~mask) != 0 || fsync(target.get()) != 0 ||
      rename(name.c_str(), to.c_str()) != 0) {
    auto error = base::errno_error("write", to);
    unlink(name.c_str());
    return error;
  }
  return {};
}

/// As a small result is kept: behind its digest, which tells what is damaged.
std::string sealed(std::string_view text) {
  return fmt::format("{}\n{}", sha256(text), text);
}

/// What was sealed; nothing if it is not as it was.
std::optional<std::string> unsealed(std::string_view file) {
  const auto end = file.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto text = file.substr(end + 1);
  return sha256(text) == file.substr(0, end) ? std::optional<std::string>(text) : std::nullopt;
}

/// Marks it as just used. Failure only makes the order of leaving less exact.
void touch(const fs::path& path) {
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

}  // namespace

base::Result<ResultCache> ResultCache::open(const fs::path& directory) {
  ResultCache cache;
  GANTRY_TRY(cache.program_, sha256_of_file("/proc/self/exe"));
  if (!directory.empty()) {
    GANTRY_CHECK(base::make_directories(directory));
    cache.levels_.push_back({directory, kLimitOfBuildTree});
  }
  GANTRY_TRY(const auto place, base::user_cache_place());
  if (place) {
    auto simulations = place->root / "simulations";
    // A home directory that cannot be written to is no reason not to simulate.
    if (base::make_user_cache(place->root) && base::make_directories(simulations)) {
      cache.levels_.push_back({std::move(simulations), place->limit, true});
    }
  }
  return cache;
}

std::string ResultCache::key(std::string_view kind, std::string_view text) const {
  return sha256(fmt::format("{}\n{}\n{}", kind, program_, text));
}

std::optional<std::string> ResultCache::find(const std::string& key) const {
  for (const auto& level : levels_) {
    const auto path = level.directory / key;
    const auto file = base::read_file(path);
    auto text = file ? unsealed(*file) : std::nullopt;
    if (!text) {
      unlink(path.c_str());
      continue;
    }
    touch(path);
    if (&level != &levels_.front()) {
      // The copy is for the next time, which can do without.
      static_cast<void>(base::write_file(levels_.front().directory / key, *file));
    }
    return text;
  }
  return std::nullopt;
}

base::Result<void> ResultCache::put(const std::string& key, std::string_view text) const {
  const auto file = sealed(text);
  for (const auto& level : levels_) {
    auto written = base::write_file(level.directory / key, file);
    if (!written && !level.is_users) {
      return written;
    }
  }
  return {};
}

bool ResultCache::find_file(const std::string& key, const fs::path& to) const {
  return std::any_of(levels_.begin(), levels_.end(), [&](const Level& level) {
    const auto path = level.directory / key;
    // What another process has just taken out, or what cannot be read, is made anew.
    if (access(path.c_str(), R_OK) != 0 || !copy_whole(path, to)) {
      return false;
    }
    touch(path);
    return true;
  });
}

base::Result<void> ResultCache::put_file(const std::string& key, const fs::path& from) const {
  for (const auto& level : levels_) {
    std::error_code unknown;
    if (fs::file_size(from, unknown) > level.limit || unknown) {
      continue;
    }
    auto copied = copy_whole(from, level.directory / key);
    if (!copied && !level.is_users) {
      return copied;
    }
  }
  return {};
}

void ResultCache::remove(const std::string& key) const {
  for (const auto& level : levels_) {
    unlink((level.directory / key).c_str());
  }
}

void ResultCache::trim() const {
  struct File {
    fs::path path;
    std::uint64_t size = 0;
    fs::file_time_type used;
  };
  for (const auto& level : levels_) {
    std::vector<File> files;
    std::uint64_t total = 0;
    std::error_code failure;
    for (auto it = fs::directory_iterator(level.directory, failure);
         !failure && it != fs::directory_iterator(); it.increment(failure)) {
      std::error_code gone;
      File file{it->path(), it->file_size(gone), {}};
      file.used = gone ? file.used : it->last_write_time(gone);
      if (!gone) {
        total += file.size;
        files.push_back(std::move(file));
      }
    }
    if (total <= level.limit) {
      continue;
    }
    std::sort(files.begin(), files.end(),
              [](const File& a, const File& b) { return a.used < b.used; });
    for (const auto& file : files) {
      if (total <= level.limit - level.limit / 10) {
        break;
      }
      unlink(file.path.c_str());
      total -= file.size;
    }
  }
}

}  // namespace gantry::cli
