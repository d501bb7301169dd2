#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "vm/guest.hpp"
#include "vm/hardware.hpp"

namespace gantry::vm {

/// A file of a checkpoint. Its digest is that of its windows of 64 KiB that are not zero, each
/// after its offset (64 bits, little endian): holes cost nothing.
struct SavedFile {
  std::string name;
  std::uint64_t size = 0;
  content::Digest digest;
  bool operator==(const SavedFile&) const = default;
};

/// A machine at a point of its life: what is in memory, what its devices know, what is on its disk.
struct Checkpoint {
  std::string key;           ///< SHA-256, hexadecimal, of all that made it
  std::string name;          ///< of its target
  std::string parent;        ///< key of the checkpoint that it went on from; empty: it was booted
  std::string parent_build;  ///< which build of that, as build_of says
  Guest guest;               ///< its paths are those of the store's inputs
  Platform platform;
  Hardware hardware;
  std::vector<SavedFile> files;
};

inline constexpr const char* kMemoryFile = "ram";
inline constexpr const char* kDevicesFile = "devices";
inline constexpr const char* kVariablesFile = "nvram";
inline constexpr const char* kDescriptionFile = "checkpoint.json";

/// A checkpoint's name: it becomes part of those of files, and of lines that programs and people
/// read.
base::Result<std::string> parse_checkpoint_name(std::string_view text);

/// "disk.qcow2", "disk1.qcow2" and so on.
std::string disk_file(std::size_t number);

/// The files that a checkpoint of this guest has.
std::vector<std::string> file_names(const Guest& guest);

/// SHA-256, hexadecimal, of its files and of all that they stand on. The same key built again has
/// other bytes, beneath which no disk of a child fits.
std::string build_of(const Checkpoint& checkpoint);

/// As canonical JSON, and back. Errors name where and the JSON pointer.
std::string to_json(const Checkpoint& checkpoint);
base::Result<Checkpoint> parse_checkpoint(std::string_view text, const std::string& where);

}  // namespace gantry::vm
