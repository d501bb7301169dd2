#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// The checkpoints of a build tree, by key, and what guests boot from, by digest. Nothing in it is
/// ever changed: what is built gets its name when it is complete, and on the disk.
///
///   checkpoints/KEY/  ram devices disk.qcow2 checkpoint.json; verified: the files' identities
///   inputs/DIGEST     disks, kernels and initial RAM disks
///   known/            digests of files elsewhere, by their paths
///   work/             what is being built
class Store {
 public:
  static base::Result<Store> open(std::filesystem::path root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path directory_of(const std::string& key) const;

  /// Nothing if it is not there. An Error if it is, but not as it was saved: files are read if
  /// something has written to them since they were.
  base::Result<std::optional<Checkpoint>> find(const std::string& key) const;

  /// What is needed to go on from it, with the disks of those that it went on from.
  base::Result<SavedState> state_of(const Checkpoint& checkpoint) const;

  /// A copy of a file that never changes, under the digest of what is in it.
  base::Result<std::filesystem::path> bring_input(const std::filesystem::path& path) const;

  /// A directory to build in, on the store's file system.
  base::Result<base::TempDir> work() const;

  /// Makes what is in work the checkpoint. The files' sizes and digests are found here. If another
  /// process was faster, its checkpoint stays.
  base::Result<void> commit(Checkpoint& checkpoint, base::TempDir work) const;

 private:
  explicit Store(std::filesystem::path root) : root_(std::move(root)) {}
  base::Result<void> check(const Checkpoint& checkpoint) const;

  std::filesystem::path root_;
};

}  // namespace gantry::vm
