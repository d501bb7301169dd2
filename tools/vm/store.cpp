#include "vm/store.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "vm/known_file.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr const char* kDescription = "checkpoint.json";
constexpr const char* kVerified = "verified";
constexpr std::size_t kDeepest = 100;  // checkpoints over checkpoints

Result<void> sync_path(const fs::path& path) {
  GANTRY_TRY(const Fd fd, base::open_file(path, O_RDONLY | O_CLOEXEC));
  if (fsync(fd.get()) != 0) {
    return base::errno_error("write", path);
  }
  return {};
}

Result<std::string> identities(const fs::path& directory, const Checkpoint& checkpoint) {
  std::string text;
  for (const auto& file : checkpoint.files) {
    GANTRY_TRY(const auto identity, identity_of(directory / file.name));
    text += fmt::format("{} {} {}\n", file.name, file.digest.hex(), identity);
  }
  return text;
}

base::Error damaged(const Checkpoint& checkpoint, const fs::path& path, std::string_view why) {
  return {fmt::format("the checkpoint {} is not as it was saved: {}", checkpoint.name, why),
          path.native(), "remove its directory to have it built again"};
}

}  // namespace

Result<Store> Store::open(fs::path root) {
  for (const char* part : {"checkpoints", "inputs", "known", "work"}) {
    GANTRY_CHECK(base::make_directories(root / part));
  }
  std::error_code failure;
  auto absolute = fs::canonical(root, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("find", root);
  }
  return Store(std::move(absolute));
}

fs::path Store::directory_of(const std::string& key) const {
  return root_ / "checkpoints" / key;
}

Result<std::optional<Checkpoint>> Store::find(const std::string& key) const {
  const auto path = directory_of(key) / kDescription;
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    return std::optional<Checkpoint>();
  }
  GANTRY_TRY(const auto text, base::read_file(path, oci::kMaximumDocument));
  GANTRY_TRY(auto checkpoint, parse_checkpoint(text, path.native()));
  if (checkpoint.key != key) {
    return damaged(checkpoint, path, fmt::format("it says that it is {}", checkpoint.key));
  }
  GANTRY_CHECK(check(checkpoint));
  return std::optional(std::move(checkpoint));
}

Result<void> Store::check(const Checkpoint& checkpoint) const {
  const auto directory = directory_of(checkpoint.key);
  for (const auto& file : checkpoint.files) {
    std::error_code failure;
    const auto size = fs::file_size(directory / file.name, failure);
    if (failure) {
      return damaged(checkpoint, directory / file.name, failure.message());
    }
    if (size != file.size) {
      return damaged(checkpoint, directory / file.name,
                     fmt::format("it has {} bytes, and had {}", size, file.size));
    }
  }
  GANTRY_TRY(const auto now, identities(directory, checkpoint));
  if (const auto known = base::read_file(directory / kVerified); known && *known == now) {
    return {};
  }
  for (const auto& file : checkpoint.files) {
    GANTRY_TRY(const auto digest, sparse_digest(directory / file.name));
    if (digest != file.digest) {
      return damaged(
          checkpoint, directory / file.name,
          fmt::format("its digest is {}, and was {}", digest.text(), file.digest.text()));
    }
  }
  return base::write_file(directory / kVerified, now);
}

Result<SavedState> Store::state_of(const Checkpoint& checkpoint) const {
  SavedState state{checkpoint.guest,
                   checkpoint.platform,
                   checkpoint.hardware,
                   directory_of(checkpoint.key) / kMemoryFile,
                   directory_of(checkpoint.key) / kDevicesFile,
                   {}};
  if (!checkpoint.guest.disk) {
    return state;
  }
  auto current = checkpoint;
  for (std::size_t depth = 0;; ++depth) {
    state.images.push_back({directory_of(current.key) / kDiskFile, "qcow2"});
    if (current.parent.empty()) {
      state.images.push_back(*checkpoint.guest.disk);
      return state;
    }
    if (depth == kDeepest) {
      return base::Error{fmt::format("more than {} checkpoints stand on each other", kDeepest),
                         root_.native(), ""};
    }
    GANTRY_TRY(auto parent, find(current.parent));
    if (!parent) {
      return base::Error{fmt::format("the checkpoint {} went on from {}, which is not there",
                                     checkpoint.name, current.parent),
                         root_.native(), "build it again, or pull it"};
    }
    current = std::move(*parent);
  }
}

Result<fs::path> Store::bring_input(const fs::path& path) const {
  std::error_code failure;
  const auto absolute = fs::absolute(path, failure);
  GANTRY_TRY(const auto identity, identity_of(absolute));
  const auto note = root_ / "known" / content::sha256(absolute.native()).hex();
  if (const auto known = base::read_file(note, 4096)) {
    const auto blank = known->find(' ');
    const auto input = root_ / "inputs" / known->substr(0, blank);
    if (blank == 64 && known->substr(blank + 1) == identity && fs::exists(input, failure)) {
      return input;
    }
  }
  GANTRY_TRY(const auto scratch, work());
  const auto copy = scratch.path() / "input";
  GANTRY_CHECK(copy_sparse(absolute, copy));
  GANTRY_TRY(const auto digest, sparse_digest(copy));
  GANTRY_TRY(const auto after, identity_of(absolute));
  if (after != identity) {
    return base::Error{"something writes to it while it is copied", absolute.native(), ""};
  }
  // The length is not in the digest of what ends in a hole.
  auto name = content::sha256(fmt::format("{} {}", fs::file_size(copy), digest.hex())).hex();
  auto input = root_ / "inputs" / name;
  fs::rename(copy, input, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("rename a copy to", input);
  }
  GANTRY_CHECK(base::write_file(note, fmt::format("{} {}", name, identity)));
  return input;
}

Result<base::TempDir> Store::work() const {
  return base::TempDir::create_under(root_ / "work");
}

Result<void> Store::commit(Checkpoint& checkpoint, base::TempDir work) const {
  checkpoint.files.clear();
  for (const char* name : {kMemoryFile, kDevicesFile, kDiskFile}) {
    const auto path = work.path() / name;
    std::error_code failure;
    if (!fs::exists(path, failure)) {
      continue;
    }
    GANTRY_CHECK(sync_path(path));
    GANTRY_TRY(const auto digest, sparse_digest(path));
    checkpoint.files.push_back({name, fs::file_size(path, failure), digest});
  }
  GANTRY_CHECK(base::write_file(work.path() / kDescription, to_json(checkpoint)));
  GANTRY_CHECK(sync_path(work.path() / kDescription));
  GANTRY_TRY(const auto known, identities(work.path(), checkpoint));
  GANTRY_CHECK(base::write_file(work.path() / kVerified, known));
  GANTRY_CHECK(sync_path(work.path()));
  const auto target = directory_of(checkpoint.key);
  if (rename(work.path().c_str(), target.c_str()) != 0) {
    return errno == ENOTEMPTY || errno == EEXIST ? Result<void>()
                                                 : base::errno_error("rename to", target);
  }
  static_cast<void>(work.release());
  return sync_path(target.parent_path());
}

}  // namespace gantry::vm
