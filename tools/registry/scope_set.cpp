#include "registry/scope_set.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gantry::registry {

namespace {

/// More than that comes from a server that wants to do harm.
constexpr std::size_t kMaximumResources = 256;

constexpr std::string_view kRepository = "repository:";

bool allows(const std::set<std::string>& actions, const std::string& action) {
  return actions.contains(action) || actions.contains("*");
}

}  // namespace

ScopeSet::ScopeSet(std::span<const std::string> scopes) {
  for (const auto& scope : scopes) {
    add(scope);
  }
}

void ScopeSet::add(std::string_view scopes) {
  for (const auto scope : base::split(scopes, ' ')) {
    // The name may have a colon too: a host and its port.
    const auto colon = scope.rfind(':');
    if (colon == std::string_view::npos || scope.find(':') == colon) {
      continue;
    }
    Resource resource{std::string(scope.substr(0, colon)), {}};
    for (const auto action : base::split(scope.substr(colon + 1), ',')) {
      if (!action.empty()) {
        resource.actions.emplace(action);
      }
    }
    add(resource);
  }
}

void ScopeSet::add(const ScopeSet& other) {
  for (const auto& resource : other.resources_) {
    add(resource);
  }
}

void ScopeSet::add(const Resource& resource) {
  const auto same = std::find_if(resources_.begin(), resources_.end(), [&](const Resource& known) {
    return known.name == resource.name;
  });
  if (same != resources_.end()) {
    same->actions.insert(resource.actions.begin(), resource.actions.end());
  } else if (resources_.size() < kMaximumResources) {
    resources_.push_back(resource);
  }
}

const ScopeSet::Resource* ScopeSet::find(std::string_view name) const {
  const auto found = std::find_if(resources_.begin(), resources_.end(),
                                  [&](const Resource& known) { return known.name == name; });
  return found == resources_.end() ? nullptr : &*found;
}

bool ScopeSet::covers(const ScopeSet& other) const {
  return other.without(*this).empty();
}

ScopeSet ScopeSet::on_resources_of(const ScopeSet& other) const {
  ScopeSet result;
  for (const auto& resource : resources_) {
    if (other.find(resource.name) != nullptr) {
      result.resources_.push_back(resource);
    }
  }
  return result;
}

ScopeSet ScopeSet::without(const ScopeSet& other) const {
  ScopeSet result;
  for (const auto& resource : resources_) {
    const auto* const known = other.find(resource.name);
    Resource rest{resource.name, {}};
    for (const auto& action : resource.actions) {
      if (known == nullptr || !allows(known->actions, action)) {
        rest.actions.insert(action);
      }
    }
    if (!rest.actions.empty() || known == nullptr) {
      result.resources_.push_back(std::move(rest));
    }
  }
  return result;
}

std::vector<std::string> ScopeSet::texts() const {
  std::vector<std::string> pushing;
  std::vector<std::string> others;
  for (const auto& resource : resources_) {
    const std::vector<std::string> actions(resource.actions.begin(), resource.actions.end());
    auto& list = allows(resource.actions, "push") ? pushing : others;
    list.push_back(resource.name + ":" + base::join(actions, ","));
  }
  pushing.insert(pushing.end(), others.begin(), others.end());
  return pushing;
}

std::string ScopeSet::repository() const {
  for (const auto& resource : resources_) {
    if (resource.name.starts_with(kRepository)) {
      return resource.name.substr(kRepository.size());
    }
  }
  return "";
}

bool ScopeSet::has_action(std::string_view action) const {
  return std::any_of(resources_.begin(), resources_.end(), [&](const Resource& resource) {
    return resource.actions.contains(std::string(action));
  });
}

}  // namespace gantry::registry
