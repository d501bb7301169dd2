#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/lease.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// The checkpoints of a build tree, by key, and what guests boot from, by digest. Nothing in it is
/// ever changed: what is built gets its name when it is complete, and on the disk. What a Store has
/// handed out stays there as long as it, or a copy of it, does (Leases).
///
///   checkpoints/KEY/  ram devices disk.qcow2 disk1.qcow2 checkpoint.json and its sha256
///   inputs/DIGEST     disks, kernels and initial RAM disks
///   keys/             what opens guests
///   known/            digests of files elsewhere, by their paths, and the inputs' identities
///   roots/            key files that checkpoints are kept for, by their paths
///   locks/KEY         of the process that builds it
///   work/             what is being built
///   packed/           what travels of it, see PackedCheckpoints
///   recordings/NAME/  the console, and what steps said, of the last build of a checkpoint
class Store {
 public:
  static base::Result<Store> open(std::filesystem::path root);

  /// One that is there: an Error if there is none.
  static base::Result<Store> open_existing(const std::filesystem::path& root);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path directory_of(const std::string& key) const;

  /// Nothing if it is not there. An Error if it is, but not as it was saved: files are read if
  /// something has written to them since they were.
  base::Result<std::optional<Checkpoint>> find(const std::string& key) const;

  /// What it went on from: an Error if that is not there, or is another build of it.
  base::Result<Checkpoint> parent_of(const Checkpoint& checkpoint) const;

  /// What is needed to go on from it, with the disks of those that it went on from.
  base::Result<SavedState> state_of(const Checkpoint& checkpoint) const;

  /// The same of one whose own files are still elsewhere.
  base::Result<SavedState> state_of(const Checkpoint& checkpoint,
                                    const std::filesystem::path& directory) const;

  /// Reads a checkpoint, those that it stands on and their inputs, whether something has written to
  /// them or not. An Error names what is not as it was saved.
  base::Result<void> verify(const std::string& key) const;

  /// The keys of all that are there, sorted.
  std::vector<std::string> keys() const;

  /// Has the key for this process: nobody else builds it. Waits for one who does; waiting is called
  /// once then.
  base::Result<void> reserve(const std::string& key, const std::function<void()>& waiting) const;

  /// Keeps the checkpoint that a key file names, as long as the file is there and names it.
  base::Result<void> add_root(const std::filesystem::path& key_file) const;

  /// A copy of a file that never changes, under the digest of what is in it.
  base::Result<std::filesystem::path> bring_input(const std::filesystem::path& path) const;

  /// Whether an input is there, as it was copied.
  base::Result<bool> has_input(const std::string& name) const;

  /// Makes a file in a directory of work() the input of this name. An Error if it is not what the
  /// name says.
  base::Result<void> adopt_input(const std::filesystem::path& file, const std::string& name) const;

  /// Takes a checkpoint's directory, or an input, away: for others it is gone before its files are.
  /// False: somebody uses it.
  base::Result<bool> discard(const std::filesystem::path& what) const;

  /// A directory to build in, on the store's file system.
  base::Result<base::TempDir> work() const;

  /// Makes what is in work the checkpoint. The files' sizes and digests are found here. If another
  /// process was faster, its checkpoint stays.
  base::Result<void> commit(Checkpoint& checkpoint, base::TempDir work) const;

  /// As commit, of what another store has committed: an Error if the files in work are not those
  /// that the checkpoint names.
  base::Result<void> adopt(const Checkpoint& checkpoint, base::TempDir work) const;

 private:
  explicit Store(std::filesystem::path root) : root_(std::move(root)) {}
  enum class Trust { kIdentities, kNothing };
  base::Result<std::optional<Checkpoint>> find(const std::string& key, Trust trust) const;
  base::Result<Checkpoint> parent_of(const Checkpoint& checkpoint, Trust trust) const;
  base::Result<void> check(const Checkpoint& checkpoint, Trust trust) const;
  base::Result<void> check_inputs(const Checkpoint& checkpoint, Trust trust) const;
  base::Result<void> check_input(const std::filesystem::path& input, Trust trust) const;
  base::Result<void> know_input(const std::filesystem::path& input) const;
  base::Result<void> place(const Checkpoint& checkpoint, base::TempDir work) const;

  std::filesystem::path root_;
  std::shared_ptr<Leases> leases_ = std::make_shared<Leases>();
};

/// What an input is called, by its length and its sparse_digest.
std::string input_name(std::uint64_t size, const content::Digest& digest);

}  // namespace gantry::vm
