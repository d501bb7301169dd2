#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "content/entry.hpp"

namespace gantry::content {

/// The entry at exactly this path in what lies below (a base image), or null. Links are not
/// followed.
using Lookup = std::function<const Entry*(std::string_view path)>;

/// Several trees, one over the other, as one file system: paths are resolved through symbolic
/// links without ever leaving its root. Whiteouts hide what is below. The trees must outlive it.
class PathView {
 public:
  /// trees: lowest first. below may be empty.
  PathView(std::span<const Tree> trees, Lookup below);

  /// Puts one more entry on top.
  void add(Entry entry);

  /// The entry at exactly this path; directories that are only implied by a longer path have none.
  const Entry* find(std::string_view path) const;

  struct Resolved {
    std::string path;              ///< where the links lead; need not exist
    const Entry* entry = nullptr;  ///< what is there, a hard link's first name instead of it
    bool is_below = false;         ///< it comes from below, not from the trees
  };
  /// Follows every link of the path, which may begin with a slash and hold "." and "..". Nothing
  /// if the links turn in circles.
  std::optional<Resolved> resolve(std::string_view path) const;

 private:
  bool is_hidden(std::string_view path) const;

  std::map<std::string_view, const Entry*> entries_;  ///< null: hidden
  std::deque<Entry> added_;                           ///< keeps its addresses
  Lookup below_;
};

}  // namespace gantry::content
