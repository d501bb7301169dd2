#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::content {

/// The text form of a Tree, one line an entry, after the line "gantry-manifest 1":
///   <type> <mode> <uid> <gid> <mtime> <size> <identity|-> <device|-> <source> <path> [><link
///   target>] [+<source offset>] [@<xattr>=<hex>]…
/// Fields are separated by tabs; bytes that would break this are written as \xNN. A source is "-"
/// (none), "." (root/path), "./x" (root/x) or "=x" (x as it stands), so a tree with its root may be
/// moved. The same tree gives the same text.
class ManifestWriter {
 public:
  explicit ManifestWriter(const std::filesystem::path& root);

  /// The entries of a Tree, in its order.
  void add(const Entry& entry);

  /// What was written and not taken yet.
  std::string_view pending() const { return pending_; }
  std::string take();

 private:
  std::string prefix_;
  std::string pending_;
};

/// All of a Tree.
std::string write_manifest(const Tree& tree, const std::filesystem::path& root);

/// Reads what write_manifest wrote; the text may be hostile. An error names the line; where is for
/// messages. The tree is sorted and its paths are relative and clean.
base::Result<Tree> parse_manifest(std::string_view text, const std::filesystem::path& root,
                                  std::string_view where);

}  // namespace gantry::content
