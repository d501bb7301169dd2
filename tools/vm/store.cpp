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

constexpr const char* kSeal = "checkpoint.sha256";  // digest of the description
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

base::Error too_deep(const fs::path& store) {
  return {fmt::format("more than {} checkpoints stand on each other", kDeepest), store.native(),
          ""};
}

std::string how_to_build_again(std::string_view name) {
  return fmt::format(
      "remove its directory, and the file {}.checkpoint in the build tree, to have it built again",
      base::printable(name));
}

base::Error damaged(const Checkpoint& checkpoint, const fs::path& path, std::string_view why) {
  return {fmt::format("the checkpoint {} is not as it was saved: {}", checkpoint.name, why),
          path.native(), how_to_build_again(checkpoint.name)};
}

}  // namespace

Result<Store> Store::open(fs::path root) {
  for (const char* part : {"checkpoints", "inputs", "known", "locks", "roots", "work"}) {
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

Result<Store> Store::open_existing(const fs::path& root) {
  std::error_code failure;
  if (!fs::is_directory(root / "checkpoints", failure)) {
    return base::Error{"this is no store of checkpoints", root.native(),
                       "in a build tree, it is gantry/vm"};
  }
  return open(root);
}

fs::path Store::directory_of(const std::string& key) const {
  return root_ / "checkpoints" / key;
}

Result<std::optional<Checkpoint>> Store::find(const std::string& key) const {
  return find(key, Trust::kIdentities);
}

Result<std::optional<Checkpoint>> Store::find(const std::string& key, Trust trust) const {
  const auto path = directory_of(key) / kDescriptionFile;
  GANTRY_TRY(const bool there, leases_->share(directory_of(key)));
  if (!there) {
    return std::optional<Checkpoint>();
  }
  GANTRY_TRY(const auto text, base::read_file(path, oci::kMaximumDocument));
  GANTRY_TRY(const auto seal, base::read_file(directory_of(key) / kSeal, 4096));
  if (const auto digest = content::sha256(text).text(); base::trim(seal) != digest) {
    return base::Error{
        fmt::format("the checkpoint {} is not as it was saved: its description's digest is {}, and "
                    "was {}",
                    base::printable(key.substr(0, 12)), digest, base::printable(base::trim(seal))),
        path.native(), "remove its directory, and its key file, to have it built again"};
  }
  GANTRY_TRY(auto checkpoint, parse_checkpoint(text, path.native()));
  if (checkpoint.key != key) {
    return damaged(checkpoint, path, fmt::format("it says that it is {}", checkpoint.key));
  }
  GANTRY_CHECK(check(checkpoint, trust));
  // When it was used last, for those who look for room.
  static_cast<void>(utimensat(AT_FDCWD, directory_of(key).c_str(), nullptr, 0));
  return std::optional(std::move(checkpoint));
}

Result<void> Store::verify(const std::string& key) const {
  GANTRY_TRY(auto found, find(key, Trust::kNothing));
  if (!found) {
    return base::Error{"it is not there", directory_of(key).native(), "build it again, or pull it"};
  }
  auto current = *std::move(found);
  for (std::size_t depth = 0; depth < kDeepest; ++depth) {
    GANTRY_CHECK(check_inputs(current, Trust::kNothing));
    if (current.parent.empty()) {
      return {};
    }
    GANTRY_TRY(current, parent_of(current, Trust::kNothing));
  }
  return too_deep(root_);
}

Result<Checkpoint> Store::parent_of(const Checkpoint& checkpoint) const {
  return parent_of(checkpoint, Trust::kIdentities);
}

Result<Checkpoint> Store::parent_of(const Checkpoint& checkpoint, Trust trust) const {
  GANTRY_TRY(auto parent, find(checkpoint.parent, trust));
  if (!parent) {
    return base::Error{fmt::format("the checkpoint {} went on from {}, which is not there",
                                   checkpoint.name, checkpoint.parent),
                       root_.native(), "build it again, or pull it"};
  }
  if (build_of(*parent) != checkpoint.parent_build) {
    return base::Error{
        fmt::format("the checkpoint {} went on from another build of {} than the one that is there",
                    checkpoint.name, parent->name),
        directory_of(checkpoint.key).native(), how_to_build_again(checkpoint.name)};
  }
  return *std::move(parent);
}

std::vector<std::string> Store::keys() const {
  std::vector<std::string> keys;
  std::error_code failure;
  for (auto it = fs::directory_iterator(root_ / "checkpoints", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    keys.push_back(it->path().filename().native());
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<void> Store::reserve(const std::string& key, const std::function<void()>& waiting) const {
  return leases_->reserve(root_ / "locks" / key, waiting);
}

Result<void> Store::add_root(const fs::path& key_file) const {
  std::error_code failure;
  const auto path = fs::absolute(key_file, failure);
  const auto note = root_ / "roots" / content::sha256(path.native()).hex();
  GANTRY_TRY(const bool written, base::write_file_if_changed(note, path.native()));
  static_cast<void>(written);
  return {};
}

Result<void> Store::check(const Checkpoint& checkpoint, Trust trust) const {
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
  const auto known = base::read_file(directory / kVerified);
  if (trust == Trust::kIdentities && known && *known == now) {
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
  return state_of(checkpoint, directory_of(checkpoint.key));
}

Result<SavedState> Store::state_of(const Checkpoint& checkpoint, const fs::path& directory) const {
  GANTRY_CHECK(check_inputs(checkpoint, Trust::kIdentities));
  SavedState state{
      checkpoint.guest,           checkpoint.platform,
      checkpoint.hardware,        {},
      directory / kDevicesFile,   std::vector<ImageChain>(checkpoint.guest.disks.size()),
      directory / kVariablesFile, directory};
  state.lease = leases_;
  auto current = checkpoint;
  auto place = directory;
  std::error_code failure;
  for (std::size_t depth = 0;; ++depth) {
    // That of a clone that was kept is with its devices.
    if (depth == 0 && fs::exists(place / kMemoryFile, failure)) {
      state.memory = place / kMemoryFile;
    }
    if (state.disks.empty()) {
      return state;
    }
    for (std::size_t i = 0; i < state.disks.size(); ++i) {
      state.disks[i].push_back({place / disk_file(i), "qcow2"});
      if (current.parent.empty()) {
        state.disks[i].push_back(checkpoint.guest.disks[i]);
      }
    }
    if (current.parent.empty()) {
      return state;
    }
    if (depth == kDeepest) {
      return too_deep(root_);
    }
    GANTRY_TRY(current, parent_of(current));
    place = directory_of(current.key);
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
    if (blank == 64 && known->substr(blank + 1) == identity) {
      GANTRY_TRY(const bool there, leases_->share(input));
      if (there) {
        GANTRY_CHECK(check_input(input, Trust::kIdentities));
        return input;
      }
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
  const auto name = input_name(fs::file_size(copy), digest);
  auto input = root_ / "inputs" / name;
  // One that is there may be in use; one that has been damaged is replaced.
  GANTRY_TRY(const bool there, leases_->share(input));
  if (!there || !check_input(input, Trust::kIdentities)) {
    if (rename(copy.c_str(), input.c_str()) != 0) {
      return base::errno_error("rename a copy to", input);
    }
    GANTRY_CHECK(leases_->share(input));
    GANTRY_CHECK(know_input(input));
  }
  GANTRY_CHECK(base::write_file(note, fmt::format("{} {}", name, identity)));
  return input;
}

Result<bool> Store::discard(const fs::path& what) const {
  GANTRY_TRY(const auto scratch, work());  // which goes once nobody has to wait for it
  const auto alone = Leases::try_reserve(what);
  if (!alone) {
    return false;
  }
  if (rename(what.c_str(), (scratch.path() / "garbage").c_str()) != 0) {
    return base::errno_error("remove", what);
  }
  return true;
}

Result<base::TempDir> Store::work() const {
  return base::TempDir::create_under(root_ / "work");
}

Result<void> Store::commit(Checkpoint& checkpoint, base::TempDir work) const {
  checkpoint.files.clear();
  for (const auto& name : file_names(checkpoint.guest)) {
    const auto path = work.path() / name;
    std::error_code failure;
    if (!fs::exists(path, failure)) {
      continue;
    }
    GANTRY_TRY(const auto digest, sparse_digest(path));
    checkpoint.files.push_back({name, fs::file_size(path, failure), digest});
  }
  return place(checkpoint, std::move(work));
}

Result<void> Store::adopt(const Checkpoint& checkpoint, base::TempDir work) const {
  for (const auto& file : checkpoint.files) {
    const auto path = work.path() / file.name;
    std::error_code failure;
    const auto size = fs::file_size(path, failure);
    GANTRY_TRY(const auto digest, sparse_digest(path));
    if (failure || size != file.size || digest != file.digest) {
      return damaged(
          checkpoint, path,
          fmt::format("its digest is {}, and was {}", digest.text(), file.digest.text()));
    }
  }
  return place(checkpoint, std::move(work));
}

Result<void> Store::place(const Checkpoint& checkpoint, base::TempDir work) const {
  for (const auto& file : checkpoint.files) {
    GANTRY_CHECK(sync_path(work.path() / file.name));
  }
  const auto description = to_json(checkpoint);
  GANTRY_CHECK(base::write_file(work.path() / kDescriptionFile, description));
  GANTRY_CHECK(sync_path(work.path() / kDescriptionFile));
  GANTRY_CHECK(base::write_file(work.path() / kSeal, content::sha256(description).text() + "\n"));
  GANTRY_CHECK(sync_path(work.path() / kSeal));
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
