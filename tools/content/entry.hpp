#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shared_string.hpp"
#include "content/identity.hpp"
#include "content/source.hpp"

namespace gantry::content {

enum class EntryType : std::uint8_t {
  kFile,
  kDirectory,
  kSymlink,
  kHardLink,
  kCharDevice,
  kBlockDevice,
  kFifo,
  kWhiteout,        ///< path is the name that it hides (no ".wh." in it)
  kOpaqueWhiteout,  ///< path is the directory whose lower content it hides
};

/// One name in a tree of files, as a layer holds it. Kept small, and cheap to copy: images have
/// hundreds of thousands.
struct Entry {
  /// Relative to the root; no leading or trailing slash, no "." or "..", "" never.
  base::SharedString path;
  EntryType type = EntryType::kFile;
  std::uint32_t mode = 0644;  ///< permission bits with setuid, setgid and sticky (07777)
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;  ///< seconds since the epoch
  std::uint64_t size = 0;  ///< bytes of a kFile, 0 for all others
  /// kSymlink: its text; kHardLink: path of the entry that it is a name of.
  base::SharedString link_target = {};
  std::vector<std::pair<std::string, std::string>> xattrs = {};  ///< name, value; sorted by name
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;

  /// Where a kFile's bytes are on this machine; empty when they are nowhere to be had as a file.
  Source source = {};
  std::uint64_t source_offset = 0;  ///< where they begin in it (a tar file holds many)

  /// What stands for a kFile's bytes in a layer's key.
  Identity identity = {};

  bool operator==(const Entry&) const = default;
};

/// Sorted by entry_less (a directory before all it holds), each path once; only a whiteout may
/// share its path with what replaces the hidden name.
using Tree = std::vector<Entry>;

/// The order of a Tree: "a", "a/b", "a.b" (compares "/" as the least of all bytes).
bool path_less(std::string_view a, std::string_view b);

/// By path; at the same path a whiteout comes first and an opaque whiteout after its directory.
bool entry_less(const Entry& a, const Entry& b);

/// "a" of "a/b"; "" of "a".
std::string_view parent_of(std::string_view path);

/// "b" of "a/b".
std::string_view name_of(std::string_view path);

bool is_whiteout(const Entry& entry);

/// The entry at path that is no whiteout; null if there is none.
const Entry* find_entry(const Tree& tree, std::string_view path);

/// True for a path as Entry wants it: relative, no empty, "." or ".." component, no NUL.
bool is_clean_path(std::string_view path);

}  // namespace gantry::content
