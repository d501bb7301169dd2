#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

struct struct_ext2_filsys;

namespace gantry::vm {

inline constexpr std::uint64_t kExt4Block = 4096;

/// Closes a file system of libext2fs without writing what it still holds.
struct Ext4Discard {
  void operator()(struct_ext2_filsys* system) const;
};
using Ext4Handle = std::unique_ptr<struct_ext2_filsys, Ext4Discard>;

/// What decides the bytes of an empty file system.
struct Ext4Options {
  std::filesystem::path file;  ///< is there, long enough, and holds nothing but zeros
  std::uint64_t offset = 0;    ///< of the file system in it
  std::uint64_t size = 0;      ///< bytes
  std::uint64_t inodes = 0;    ///< that it has room for, at least
  std::array<std::uint8_t, 16> uuid{};
  std::array<std::uint8_t, 16> hash_seed{};
  std::int64_t time = 1;  ///< of its making, seconds since the epoch
  std::string label;      ///< at most 16 bytes
};

/// An ext4 file system with a journal and without a single file, not even a root directory. What
/// the kernel would otherwise zero at leisure in the guest (inode tables) counts as zeroed.
base::Result<Ext4Handle> format_ext4(const Ext4Options& options);

/// The Error of a call of libext2fs: "cannot <action>: <its message>".
base::Error ext4_error(const std::string& action, long code);

}  // namespace gantry::vm
