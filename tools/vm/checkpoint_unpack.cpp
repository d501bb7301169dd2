#include "vm/checkpoint_unpack.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/parallel.hpp"
#include "oci/file_source.hpp"
#include "vm/overlay.hpp"
#include "vm/portable_checkpoint.hpp"
#include "vm/space.hpp"
#include "vm/sparse_copy.hpp"
#include "vm/window_pack.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr unsigned kParallel = 4;  // layers at a time

Result<void> write_at(int fd, std::span<const std::byte> bytes, std::uint64_t at,
                      const fs::path& path) {
  while (!bytes.empty()) {
    const auto count = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("write", path);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    at += static_cast<std::uint64_t>(count);
  }
  return {};
}

/// What the packs of an input or a stage are unpacked to.
struct Target {
  const std::vector<std::size_t>* layers = nullptr;
  std::vector<fs::path> paths;
  std::vector<std::uint64_t> sizes;
  std::vector<Fd> files;  // open for writing, once they may be written to

  Result<void> open(int flags) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
      GANTRY_TRY(auto fd, base::open_file(paths[i], O_WRONLY | O_CLOEXEC | flags, 0644));
      if (ftruncate(fd.get(), static_cast<off_t>(sizes[i])) != 0) {
        return base::errno_error("set the size of", paths[i]);
      }
      files.push_back(std::move(fd));
    }
    return {};
  }

  Result<void> unpack(const fs::path& pack, const std::string& where) const {
    GANTRY_TRY(const auto source, oci::FileSource::open(pack));
    return read_pack(
        *source, sizes,
        [this](std::uint32_t file, std::uint64_t offset, std::span<const std::byte> bytes) {
          return write_at(files[file].get(), bytes, offset, paths[file]);
        },
        where);
  }
};

/// A stage that the store lacks.
struct Stage {
  Checkpoint checkpoint;
  base::TempDir work;
  Target target;
  bool memory_is_delta = false;
};

class Unpacking {
 public:
  Unpacking(const PublishedCheckpoint& published, const Store& store, const Platform& here)
      : published_(published), store_(store), here_(here) {}

  Result<UnpackedCheckpoint> run(const PackedCheckpoints& packed) {
    GANTRY_CHECK(check_checkpoint_manifest(published_.manifest, published_.where));
    GANTRY_TRY(artifact_,
               parse_checkpoint_artifact(published_.config, published_.manifest.layers.size(),
                                         published_.where));
    GANTRY_CHECK(read_chain());
    GANTRY_CHECK(prepare());
    GANTRY_CHECK(fetch());
    GANTRY_CHECK(commit());
    GANTRY_CHECK(packed.remember(artifact_, published_.manifest.layers));
    return UnpackedCheckpoint{std::move(chain_.back()), fetched_layers_, fetched_bytes_};
  }

 private:
  /// What the stages are, and how many of them the store has.
  Result<void> read_chain() {
    std::string parent, build;
    for (const auto& stage : artifact_.stages) {
      GANTRY_TRY(auto checkpoint,
                 localize(stage.checkpoint, store_.root(), here_, published_.where));
      if (checkpoint.parent != parent || checkpoint.parent_build != build) {
        return base::Error{
            fmt::format("the checkpoint {} did not go on from the one before it", checkpoint.name),
            published_.where, ""};
      }
      parent = checkpoint.key;
      build = build_of(checkpoint);
      GANTRY_TRY(const auto there, store_.find(checkpoint.key));
      if (there && there->files != checkpoint.files) {
        return base::Error{
            fmt::format("the store has another build of the checkpoint {} ({})", checkpoint.name,
                        checkpoint.key.substr(0, 12)),
            published_.where,
            fmt::format("what went on from this one does not fit it; to have this one, remove {}",
                        store_.directory_of(checkpoint.key).native())};
      }
      if (there && known_ == chain_.size()) {
        ++known_;
      }
      chain_.push_back(std::move(checkpoint));
    }
    return {};
  }

  Result<void> prepare() {
    GANTRY_TRY(inputs_work_, store_.work());
    for (const auto& input : artifact_.inputs) {
      GANTRY_TRY(const bool there, store_.has_input(input.name));
      if (there) {
        continue;
      }
      auto& target = inputs_.emplace_back();
      target.layers = &input.layers;
      target.paths = {inputs_work_->path() / input.name};
      target.sizes = {input.size};
      GANTRY_CHECK(target.open(O_CREAT | O_EXCL));
    }
    for (std::size_t i = known_; i < chain_.size(); ++i) {
      GANTRY_TRY(auto work, store_.work());
      stages_.push_back({chain_[i], std::move(work), {}, artifact_.stages[i].memory_is_delta});
      auto& [checkpoint, directory, target, is_delta] = stages_.back();
      target.layers = &artifact_.stages[i].layers;
      for (const auto& file : checkpoint.files) {
        target.paths.push_back(directory.path() / file.name);
        target.sizes.push_back(file.size);
      }
      if (!is_delta) {
        GANTRY_CHECK(target.open(O_CREAT | O_EXCL));
      }
    }
    return {};
  }

  /// All layers at the same time; what is no delta is unpacked as soon as it is here.
  Result<void> fetch() {
    struct Job {
      const oci::Descriptor* layer;
      const Target* target;  // null: not yet
    };
    std::vector<Job> jobs;
    const auto add = [&](const Target& target, bool later) {
      for (const auto number : *target.layers) {
        const auto& layer = published_.manifest.layers[number];
        jobs.push_back({&layer, later ? nullptr : &target});
        fetched_bytes_ += layer.size;
      }
    };
    for (const auto& input : inputs_) {
      add(input, false);
    }
    for (const auto& stage : stages_) {
      add(stage.target, stage.memory_is_delta);
    }
    // What it unpacks to is more, but how much the layers themselves say.
    GANTRY_CHECK(check_room({{"for what is fetched", store_.root(), fetched_bytes_}}));
    fetched_layers_ = jobs.size();
    std::stable_sort(jobs.begin(), jobs.end(), [](const Job& one, const Job& other) {
      return one.layer->size > other.layer->size;
    });
    const auto progress = base::make_progress("pull " + published_.where, fetched_bytes_);
    return base::parallel_for(jobs.size(), kParallel, [&](std::size_t i) -> Result<void> {
      GANTRY_TRY(const auto pack, published_.fetch(*jobs[i].layer, *progress));
      if (jobs[i].target == nullptr) {
        return {};
      }
      GANTRY_CHECK(jobs[i].target->unpack(pack, published_.where));
      published_.release(*jobs[i].layer);
      return {};
    });
  }

  Result<void> commit() {
    for (auto& input : inputs_) {
      input.files.clear();
      GANTRY_CHECK(store_.adopt_input(input.paths.front(), input.paths.front().filename()));
    }
    for (auto& stage : stages_) {
      if (stage.memory_is_delta) {
        GANTRY_CHECK(apply_delta(stage));
      }
      stage.target.files.clear();
      GANTRY_CHECK(check_disks(stage));
      GANTRY_CHECK(store_.adopt(stage.checkpoint, std::move(stage.work)));
    }
    return {};
  }

  Result<void> apply_delta(Stage& stage) {
    const auto memory = stage.work.path() / kMemoryFile;
    if (std::find(stage.target.paths.begin(), stage.target.paths.end(), memory) !=
        stage.target.paths.end()) {
      GANTRY_CHECK(copy_sparse(store_.directory_of(stage.checkpoint.parent) / kMemoryFile, memory));
    }
    GANTRY_CHECK(stage.target.open(O_CREAT));
    const auto silent = base::make_silent_progress();
    for (const auto number : *stage.target.layers) {
      const auto& layer = published_.manifest.layers[number];
      GANTRY_TRY(const auto pack, published_.fetch(layer, *silent));
      GANTRY_CHECK(stage.target.unpack(pack, published_.where));
      published_.release(layer);
    }
    return {};
  }

  /// An image could name any file of this machine as the one with its data.
  Result<void> check_disks(const Stage& stage) const {
    auto guest = stage.checkpoint.guest;
    for (const auto* const path : files_of(guest)) {
      std::error_code failure;
      if (!fs::exists(*path, failure)) {
        return base::Error{"what the guest boots from has not come with the checkpoint",
                           published_.where, ""};
      }
    }
    for (const auto& disk : guest.disks) {
      GANTRY_CHECK(disk_size(disk));
    }
    for (const auto& path : stage.target.paths) {
      if (path.extension() == ".qcow2") {
        GANTRY_CHECK(disk_size({path, "qcow2"}));
      }
    }
    return {};
  }

  const PublishedCheckpoint& published_;
  const Store& store_;
  const Platform& here_;
  CheckpointArtifact artifact_;
  std::vector<Checkpoint> chain_;
  std::size_t known_ = 0;  // of the chain, from its begin
  std::optional<base::TempDir> inputs_work_;
  std::vector<Target> inputs_;
  std::vector<Stage> stages_;
  std::size_t fetched_layers_ = 0;
  std::uint64_t fetched_bytes_ = 0;
};

}  // namespace

Result<UnpackedCheckpoint> unpack_checkpoint(const PublishedCheckpoint& published,
                                             const Store& store, const PackedCheckpoints& packed,
                                             const Platform& here) {
  return Unpacking(published, store, here).run(packed);
}

}  // namespace gantry::vm
