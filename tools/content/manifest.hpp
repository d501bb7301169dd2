#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::content {

/// The text form of a Tree, one line an entry, after the line "gantry-manifest 1":
///   <type> <mode> <uid> <gid> <mtime> <size> <identity|-> <device|-> <path> [<link target>]
///   [<xattr>=<hex>]…
/// fields are separated by tabs, bytes that would break this are written as \xNN. The same tree
/// gives the same text. Sources are stored relative to root when they lie under it, with their
/// offset.
std::string write_manifest(const Tree& tree, const std::filesystem::path& root);

/// Reads what write_manifest wrote; an error names the line. where is for messages.
base::Result<Tree> parse_manifest(std::string_view text, const std::filesystem::path& root,
                                  std::string_view where);

}  // namespace gantry::content
