#include "vm/host_tree.hpp"

#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/text.hpp"
#include "content/digest.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using content::Entry;
using content::EntryType;

namespace {

constexpr unsigned kModes = 07755;

Result<void> check_kind(const Entry& entry, const fs::path& root) {
  const auto name = [&] { return (root / std::string(entry.path)).native(); };
  switch (entry.type) {
    case EntryType::kFile:
    case EntryType::kDirectory:
    case EntryType::kSymlink:
    case EntryType::kHardLink:
      return {};
    case EntryType::kWhiteout:
    case EntryType::kOpaqueWhiteout:
      return base::Error{"a name that begins with .wh. cannot be copied into a guest", name(), ""};
    default:
      return base::Error{"a device or a pipe cannot be copied into a guest", name(),
                         "a step agent:SCRIPT can make it there"};
  }
}

/// Each name gets a file of its own.
void part_hard_links(content::Tree& entries) {
  for (auto& entry : entries) {
    if (entry.type == EntryType::kHardLink) {
      const auto path = entry.path;
      entry = *content::find_entry(entries, entry.link_target);
      entry.path = path;
    }
  }
}

}  // namespace

Result<HostTree> HostTree::read(const fs::path& root, content::Identify identify) {
  std::error_code failure;
  const auto mode = fs::status(root, failure).permissions();
  HostTree tree;
  tree.root = root;
  tree.mode = static_cast<unsigned>(mode) & kModes;
  GANTRY_TRY(tree.entries, content::scan_tree(root, identify, content::Owners::kRoot));
  if (tree.entries.size() > kMostEntries) {
    return base::Error{fmt::format("the directory holds {} names, more than the {} that can be "
                                   "copied into a guest",
                                   tree.entries.size(), kMostEntries),
                       root.native(), "make a disk of it: gantry_add_guest(... DATA_DISK ...)"};
  }
  part_hard_links(tree.entries);
  std::uint64_t size = 0;
  for (auto& entry : tree.entries) {
    GANTRY_CHECK(check_kind(entry, root));
    entry.mode &= kModes;
    size += entry.size;
    if (size > kMostBytes) {
      return base::Error{
          fmt::format("the directory holds more than the {} that can be copied into a guest",
                      base::format_bytes(kMostBytes)),
          root.native(), "make a disk of it: gantry_add_guest(... DATA_DISK ...)"};
    }
  }
  return tree;
}

Result<std::string> key_of_tree(const fs::path& root) {
  GANTRY_TRY(const auto tree, HostTree::read(root, content::Identify::kByContent));
  content::Sha256 digest;
  // Names may have any bytes: each says how long it is.
  const auto add = [&digest](std::string_view text) {
    digest.update(fmt::format("{} ", text.size()));
    digest.update(text);
  };
  digest.update(fmt::format("{:o}\n", tree.mode));
  for (const auto& entry : tree.entries) {
    const bool is_link = entry.type == EntryType::kSymlink;
    digest.update(fmt::format("{} {:o} {} ", static_cast<int>(entry.type),
                              is_link ? 0U : unsigned{entry.mode}, entry.size));
    add(entry.path);
    add(is_link ? std::string(entry.link_target) : entry.identity.text());
  }
  return digest.finish().hex();
}

Result<std::vector<fs::path>> inputs_of_tree(const fs::path& root) {
  GANTRY_TRY(const auto tree, HostTree::read(root, content::Identify::kByStat));
  std::vector<fs::path> inputs{root};
  for (const auto& entry : tree.entries) {
    // What a link leads to is none of ours, and may be nowhere: that is out of date for ever.
    if (entry.type != EntryType::kSymlink) {
      inputs.push_back(root / std::string(entry.path));
    }
  }
  return inputs;
}

}  // namespace gantry::vm
