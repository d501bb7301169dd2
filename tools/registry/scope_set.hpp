#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::registry {

/// What a token is for: actions on resources, "repository:library/debian:pull,push".
class ScopeSet {
 public:
  ScopeSet() = default;
  explicit ScopeSet(std::span<const std::string> scopes);

  /// Adds what is separated by blanks, as it stands in challenges. A resource that is there already
  /// gets the actions too. What is no scope is left out.
  void add(std::string_view scopes);
  void add(const ScopeSet& other);

  /// True if all that other asks for is in this one.
  bool covers(const ScopeSet& other) const;

  /// What this one adds to other's resources.
  ScopeSet on_resources_of(const ScopeSet& other) const;
  /// What is in this one and not in other.
  ScopeSet without(const ScopeSet& other) const;

  /// One for each resource. Those that push come first, since some servers read the first only;
  /// else in the order they were added.
  std::vector<std::string> texts() const;

  bool empty() const { return resources_.empty(); }
  /// The first repository; empty if there is none.
  std::string repository() const;
  bool has_action(std::string_view action) const;

 private:
  struct Resource {
    std::string name;  ///< "repository:library/debian"
    std::set<std::string> actions;
  };
  const Resource* find(std::string_view name) const;
  void add(const Resource& resource);

  std::vector<Resource> resources_;
};

}  // namespace gantry::registry
