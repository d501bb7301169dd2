#include "oci/user_cache.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/user_cache_place.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::FileLock;
using base::Result;

namespace {

// Two locks: "lock" is shared by those who read and add, exclusive for who evicts; "usage.lock"
// guards the number in "usage" for a moment. Who holds the second never waits for the first.
constexpr const char* kLock = "lock";
constexpr const char* kUsage = "usage";
constexpr const char* kUsageLock = "usage.lock";

/// Marks a record as just used. Failure only makes the order of eviction less exact.
void touch(const fs::path& record) {
  utimensat(AT_FDCWD, record.c_str(), nullptr, 0);
}

struct File {
  fs::path path;
  std::uint64_t size = 0;
  fs::file_time_type used;
};

/// The regular files of a directory. One that vanishes meanwhile is left out.
Result<std::vector<File>> files_in(const fs::path& directory) {
  std::vector<File> files;
  std::error_code failure;
  for (auto it = fs::directory_iterator(directory, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    std::error_code gone;
    File file{it->path(), it->file_size(gone), {}};
    if (!gone) {
      file.used = it->last_write_time(gone);
    }
    if (!gone) {
      files.push_back(std::move(file));
    }
  }
  if (failure) {
    errno = failure.value();
    return base::errno_error("read the directory", directory);
  }
  return files;
}

/// What a blob costs, with its tree, and how many records name it.
struct Blob {
  std::vector<fs::path> files;
  std::uint64_t size = 0;
  unsigned records = 0;
};

/// All that a cache holds. Made and used under the exclusive lock, so that a blob without a record
/// is one that a killed process has left.
class Inventory {
 public:
  static Result<Inventory> take(const BlobStore& store) {
    Inventory inventory;
    const auto& root = store.blobs().root();
    for (const auto& directory : {root / "blobs" / "sha256", root / "trees"}) {
      GANTRY_TRY(auto files, files_in(directory));
      for (auto& file : files) {
        auto& blob = inventory.blobs_[file.path.filename().native()];
        blob.files.push_back(std::move(file.path));
        blob.size += file.size;
        inventory.total_ += file.size;
      }
    }
    GANTRY_TRY(inventory.records_, files_in(root / "layers"));
    for (auto& record : inventory.records_) {
      GANTRY_CHECK(inventory.assign(store, record));
    }
    std::sort(inventory.records_.begin(), inventory.records_.end(),
              [](const File& a, const File& b) { return a.used < b.used; });
    return inventory;
  }

  std::uint64_t total() const { return total_; }

  void remove_unnamed() {
    for (auto& [name, blob] : blobs_) {
      if (blob.records == 0) {
        remove(blob);
      }
    }
  }

  /// Removes the layers used longest ago until at most limit bytes are left.
  void shrink(std::uint64_t limit) {
    for (const auto& record : records_) {
      if (total_ <= limit) {
        return;
      }
      unlink(record.path.c_str());
      const auto named = blob_of_.find(record.path.native());
      if (named != blob_of_.end() && --named->second->records == 0) {
        remove(*named->second);
      }
    }
  }

 private:
  /// Counts a record for its blob. A damaged one has none, and is the first to go.
  Result<void> assign(const BlobStore& store, File& record) {
    const auto key = Digest::parse("sha256:" + record.path.filename().native());
    if (key) {
      GANTRY_TRY(const auto layer, store.find_layer(*key));
      const auto blob = layer ? blobs_.find(layer->descriptor.digest.hex()) : blobs_.end();
      if (blob != blobs_.end()) {
        ++blob->second.records;
        blob_of_[record.path.native()] = &blob->second;
        return {};
      }
    }
    unlink(record.path.c_str());
    return {};
  }

  void remove(Blob& blob) {
    for (const auto& file : blob.files) {
      unlink(file.c_str());
    }
    total_ -= std::exchange(blob.size, 0);
    blob.files.clear();
  }

  std::map<std::string, Blob> blobs_;
  std::vector<File> records_;
  std::map<std::string, Blob*> blob_of_;
  std::uint64_t total_ = 0;
};

}  // namespace

Result<std::optional<UserCache>> UserCache::from_environment() {
  GANTRY_TRY(const auto place, base::user_cache_place());
  if (!place) {
    return std::optional<UserCache>();
  }
  GANTRY_TRY(auto cache, open(place->root, place->limit));
  return std::optional(std::move(cache));
}

Result<UserCache> UserCache::open(const fs::path& root, std::uint64_t limit) {
  GANTRY_CHECK(base::make_user_cache(root));
  GANTRY_TRY(auto store, BlobStore::open(root));
  return UserCache(std::move(store), limit);
}

Result<std::optional<LayerRecord>> UserCache::fetch(const Digest& key,
                                                    const BlobStore& into) const {
  GANTRY_TRY(const auto lock, FileLock::acquire(root() / kLock, FileLock::Mode::kShared));
  GANTRY_TRY(auto record, store_.find_layer(key));
  if (!record) {
    return record;
  }
  const auto& blob = record->descriptor;
  if (auto adopted = into.adopt(store_.blobs(), blob); !adopted) {
    if (store_.blobs().verify(blob)) {
      return std::move(adopted).error();
    }
    unlink(store_.blobs().path_of(blob.digest).c_str());
    return std::optional<LayerRecord>();
  }
  GANTRY_TRY(const bool has_tree, into.adopt_tree(store_, blob.digest));
  static_cast<void>(has_tree);
  GANTRY_CHECK(into.record_layer(key, *record));
  touch(store_.record_path(key));
  return record;
}

Result<void> UserCache::put(const Digest& key, const LayerRecord& record,
                            const BlobStore& from) const {
  const auto& blob = record.descriptor;
  if (blob.size > limit_) {
    return {};
  }
  std::uint64_t usage = 0;
  {
    GANTRY_TRY(const auto lock, FileLock::acquire(root() / kLock, FileLock::Mode::kShared));
    GANTRY_TRY(const auto known, store_.find_layer(key));
    if (known == record) {
      touch(store_.record_path(key));
      return {};
    }
    GANTRY_CHECK(store_.adopt(from.blobs(), blob, Check::kSize));
    GANTRY_TRY(const bool has_tree, store_.adopt_tree(from, blob.digest));
    static_cast<void>(has_tree);
    GANTRY_CHECK(store_.record_layer(key, record));
    GANTRY_TRY(usage, add_usage(blob.size));
  }
  return usage > limit_ ? evict() : Result<void>();
}

Result<bool> UserCache::fetch_tree(const Digest& blob, const BlobStore& into) const {
  GANTRY_TRY(const auto lock, FileLock::acquire(root() / kLock, FileLock::Mode::kShared));
  return into.adopt_tree(store_, blob);
}

Result<void> UserCache::put_tree(const Digest& blob, const BlobStore& from) const {
  std::uint64_t usage = 0;
  {
    GANTRY_TRY(const auto lock, FileLock::acquire(root() / kLock, FileLock::Mode::kShared));
    GANTRY_TRY(const bool kept, store_.adopt_tree(from, blob));
    std::error_code failure;
    const auto size = fs::file_size(store_.tree_path(blob), failure);
    if (!kept || failure) {
      return {};
    }
    GANTRY_TRY(usage, add_usage(size));
  }
  return usage > limit_ ? evict() : Result<void>();
}

/// The bytes in use, after so many more. An estimate (a blob may be added twice), so that adding a
/// layer need not look at all others; evict finds out the truth.
Result<std::uint64_t> UserCache::add_usage(std::uint64_t bytes) const {
  GANTRY_TRY(const auto lock, FileLock::acquire(root() / kUsageLock, FileLock::Mode::kExclusive));
  const auto path = root() / kUsage;
  const auto text = base::read_file(path, 64);
  const auto known = text ? base::parse_unsigned(base::trim(*text)) : std::nullopt;
  const auto usage = known ? *known + bytes : limit_ + 1;  // not known: have evict count
  GANTRY_CHECK(base::write_file(path, fmt::format("{}\n", usage)));
  return usage;
}

Result<void> UserCache::evict() const {
  GANTRY_TRY(const auto lock, FileLock::acquire(root() / kLock, FileLock::Mode::kExclusive));
  GANTRY_TRY(auto inventory, Inventory::take(store_));
  inventory.remove_unnamed();
  if (inventory.total() > limit_) {
    inventory.shrink(limit_ - limit_ / 10);  // with room for the next layers
  }
  GANTRY_TRY(const auto usage_lock,
             FileLock::acquire(root() / kUsageLock, FileLock::Mode::kExclusive));
  return base::write_file(root() / kUsage, fmt::format("{}\n", inventory.total()));
}

}  // namespace gantry::oci
