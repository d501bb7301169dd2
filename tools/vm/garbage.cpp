#include "vm/garbage.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "vm/orphans.hpp"
#include "vm/run_directory.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using Clock = std::chrono::system_clock;

namespace {

/// A checkpoint as it lies there, whether it is whole or not.
struct Stored {
  std::string name;
  std::string parent;
  std::string description;  ///< empty: there is none
  std::uint64_t bytes = 0;
  Clock::time_point used;
};

std::uint64_t bytes_of(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return 0;
  }
  auto bytes = static_cast<std::uint64_t>(status.st_blocks) * 512;
  std::error_code failure;
  if (S_ISDIR(status.st_mode)) {
    for (auto it = fs::directory_iterator(path, failure);
         !failure && it != fs::directory_iterator(); it.increment(failure)) {
      bytes += bytes_of(it->path());
    }
  }
  return bytes;
}

Clock::time_point time_of(const fs::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? Clock::from_time_t(status.st_mtim.tv_sec)
                                          : Clock::time_point();
}

bool is_key(std::string_view text) {
  return text.size() == 64 && base::from_hex(text).has_value();
}

/// A collection: what is there, and what is kept of it.
class Collection {
 public:
  Collection(const Store& store, const GarbageOptions& options)
      : store_(store), options_(options) {}

  Result<GarbageReport> run();

 private:
  Result<void> find_roots();
  void find_checkpoints();
  void find_inputs();
  void keep(const std::string& key);
  bool is_wanted(const std::string& key) const;
  std::optional<std::string> next() const;
  Result<void> remove_checkpoints();
  Result<void> remove_inputs();
  void remove_notes();
  Result<void> remove_leftovers(const fs::path& parent);
  Result<bool> remove(Garbage garbage);
  bool is_recent(Clock::time_point used) const;

  const Store& store_;
  const GarbageOptions& options_;
  std::map<std::string, Stored> checkpoints_;
  std::map<fs::path, std::uint64_t> inputs_;
  std::set<std::string> kept_;
  std::uint64_t bytes_ = 0;
  GarbageReport report_;
};

Result<GarbageReport> Collection::run() {
  GANTRY_CHECK(remove_leftovers(store_.root() / "work"));
  for (const auto& parent : machine_directories()) {
    GANTRY_CHECK(remove_leftovers(parent));
  }
  find_checkpoints();
  find_inputs();
  GANTRY_CHECK(find_roots());
  GANTRY_CHECK(remove_checkpoints());
  GANTRY_CHECK(remove_inputs());
  if (!options_.dry_run) {
    remove_notes();
  }
  report_.kept = checkpoints_.size();
  report_.remaining = bytes_;
  return report_;
}

void Collection::find_checkpoints() {
  for (const auto& key : store_.keys()) {
    const auto directory = store_.directory_of(key);
    Stored stored;
    stored.name = key.substr(0, 12);
    stored.bytes = bytes_of(directory);
    stored.used = time_of(directory);
    const auto path = directory / kDescriptionFile;
    if (const auto text = base::read_file(path, oci::kMaximumDocument)) {
      stored.description = *text;
      if (const auto checkpoint = parse_checkpoint(*text, path.native())) {
        stored.name = checkpoint->name;
        stored.parent = checkpoint->parent;
      }
    }
    bytes_ += stored.bytes;
    checkpoints_.emplace(key, std::move(stored));
  }
}

void Collection::find_inputs() {
  std::error_code failure;
  for (auto it = fs::directory_iterator(store_.root() / "inputs", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    const auto bytes = bytes_of(it->path());
    inputs_.emplace(it->path(), bytes);
    bytes_ += bytes;
  }
}

/// What it stands on stays with it.
void Collection::keep(const std::string& key) {
  for (auto found = checkpoints_.find(key);
       found != checkpoints_.end() && kept_.insert(found->first).second;
       found = checkpoints_.find(found->second.parent)) {
  }
}

Result<void> Collection::find_roots() {
  for (const auto& file : options_.keep) {
    GANTRY_TRY(const auto text, base::read_file(file, 4096));
    if (!is_key(base::trim(text))) {
      return base::Error{"it names no checkpoint", file.native(),
                         "gantry vm build --output writes such files"};
    }
    keep(std::string(base::trim(text)));
  }
  std::error_code failure;
  for (auto it = fs::directory_iterator(store_.root() / "roots", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    const auto path = base::read_file(it->path(), 65536);
    const auto text = path ? base::read_file(*path, 4096) : path;
    if (text) {
      keep(std::string(base::trim(*text)));
    }
    if (!text && !options_.dry_run) {
      static_cast<void>(fs::remove(it->path(), failure));
    }
  }
  return {};
}

bool Collection::is_recent(Clock::time_point used) const {
  return options_.older && Clock::now() - used < *options_.older;
}

/// Of those that nobody keeps and that none stands on, the one that was used longest ago.
std::optional<std::string> Collection::next() const {
  std::set<std::string> parents;
  for (const auto& [key, stored] : checkpoints_) {
    parents.insert(stored.parent);
  }
  std::optional<std::string> oldest;
  for (const auto& [key, stored] : checkpoints_) {
    if (!kept_.contains(key) && !parents.contains(key) &&
        (!oldest || stored.used < checkpoints_.at(*oldest).used)) {
      oldest = key;
    }
  }
  return oldest;
}

Result<void> Collection::remove_checkpoints() {
  while (const auto key = next()) {
    const auto stored = checkpoints_.at(*key);
    if (is_recent(stored.used) || (options_.size && bytes_ <= *options_.size)) {
      keep(*key);
      continue;
    }
    // Whoever builds it has the lock until its key file is written.
    const auto lock = store_.root() / "locks" / *key;
    std::error_code failure;
    const auto builder = Leases::try_reserve(lock);
    const bool built = !builder && fs::exists(lock, failure);
    GANTRY_TRY(const bool gone, built ? Result<bool>(false)
                                      : remove({Garbage::Kind::kCheckpoint, stored.name,
                                                store_.directory_of(*key), stored.bytes}));
    if (!gone) {
      ++report_.in_use;
      keep(*key);
      continue;
    }
    checkpoints_.erase(*key);
    if (builder && !options_.dry_run) {
      static_cast<void>(fs::remove(lock, failure));
    }
  }
  return {};
}

Result<void> Collection::remove_inputs() {
  for (const auto& [path, bytes] : inputs_) {
    const auto name = path.filename().native();
    const bool needed =
        std::any_of(checkpoints_.begin(), checkpoints_.end(), [&name](const auto& entry) {
          return entry.second.description.find(name) != std::string::npos;
        });
    if (!needed && !is_recent(time_of(path))) {
      GANTRY_CHECK(remove({Garbage::Kind::kInput, name.substr(0, 12), path, bytes}));
    }
  }
  return {};
}

/// Of inputs that are gone.
void Collection::remove_notes() {
  std::error_code failure;
  for (auto it = fs::directory_iterator(store_.root() / "known", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    std::string input;
    if (it->path().extension() == ".input") {
      input = it->path().stem().native();
    } else if (const auto note = base::read_file(it->path(), 4096)) {
      input = note->substr(0, note->find(' '));
    }
    std::error_code ignored;
    if (is_key(input) && !fs::exists(store_.root() / "inputs" / input, ignored)) {
      fs::remove(it->path(), ignored);
    }
  }
}

/// False: somebody uses it.
Result<bool> Collection::remove(Garbage garbage) {
  GANTRY_TRY(const bool gone, options_.dry_run
                                  ? Result<bool>(Leases::try_reserve(garbage.path).has_value())
                                  : store_.discard(garbage.path));
  if (!gone) {
    return false;
  }
  bytes_ -= garbage.bytes;
  report_.freed += garbage.bytes;
  report_.removed.push_back(std::move(garbage));
  return true;
}

Result<void> Collection::remove_leftovers(const fs::path& parent) {
  const auto note = [this](const fs::path& directory) {
    for (const auto& orphan :
         options_.dry_run ? processes_of(directory) : end_processes_of(directory)) {
      report_.removed.push_back({Garbage::Kind::kProcess,
                                 fmt::format("{} (process {})", orphan.program, orphan.pid),
                                 directory, 0});
    }
    const auto bytes = bytes_of(directory);
    report_.freed += bytes;
    report_.removed.push_back(
        {Garbage::Kind::kLeftover, directory.filename().native(), directory, bytes});
  };
  if (!options_.dry_run) {
    return base::TempDir::remove_abandoned(parent, note);
  }
  for (const auto& directory : base::TempDir::abandoned(parent)) {
    note(directory);
  }
  return {};
}

}  // namespace

Result<GarbageReport> collect_garbage(const Store& store, const GarbageOptions& options) {
  return Collection(store, options).run();
}

}  // namespace gantry::vm
