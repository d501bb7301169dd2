#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

struct GarbageOptions {
  std::vector<std::filesystem::path> keep;    ///< key files, besides those that the store knows
  std::optional<std::chrono::seconds> older;  ///< only what was used last before that
  std::optional<std::uint64_t> size;          ///< only until the store has at most so many bytes
  bool dry_run = false;
};

/// What was removed, or would be.
struct Garbage {
  enum class Kind { kCheckpoint, kInput, kLeftover, kProcess };
  Kind kind = Kind::kCheckpoint;
  std::string name;  ///< of the checkpoint; else of the file, directory or program
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

struct GarbageReport {
  std::vector<Garbage> removed;
  std::size_t in_use = 0;       ///< checkpoints that nobody keeps, but somebody uses now
  std::size_t kept = 0;         ///< checkpoints that are still there
  std::uint64_t freed = 0;      ///< bytes
  std::uint64_t remaining = 0;  ///< bytes that checkpoints and inputs have now
};

/// Removes checkpoints that no key file names and no other checkpoint stands on, inputs of none,
/// and what killed processes have left behind in the store, in memory and in run directories, with
/// the machines that they have left running. What is in use stays.
base::Result<GarbageReport> collect_garbage(const Store& store, const GarbageOptions& options);

}  // namespace gantry::vm
