#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/overlay.hpp"

namespace gantry::oci {

/// Why upper cannot lie over what below has at its place (existing: the very node, resolved: where
/// its links lead); nothing if it can. Attributes of files are not compared.
std::optional<base::Error> conflict_of_kinds(const content::Entry& upper,
                                             const Overlay::Layer& layer,
                                             const Overlay::Node* existing,
                                             const Overlay::Resolution& resolved);

/// In what two entries at the same place differ, as "content" or "mode (0755 and 0644)"; empty if
/// in nothing. Times are not compared. The trees are for the targets of hard links.
std::string difference(const content::Entry& a, const content::Tree& a_tree,
                       const content::Entry& b, const content::Tree& b_tree);

/// The entry that holds the content: entry, or what it is a hard link to in tree.
const content::Entry& content_of(const content::Entry& entry, const content::Tree& tree);

}  // namespace gantry::oci
