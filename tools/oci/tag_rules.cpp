#include "oci/tag_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/layout.hpp"

namespace gantry::oci {

namespace {

using content::GitVersion;
using content::SemanticVersion;
using When = TagRule::When;

constexpr std::string_view kLatest = "latest";

constexpr std::array kWhen = {
    std::pair<std::string_view, When>{"always", When::kAlways},
    std::pair<std::string_view, When>{"release", When::kRelease},
    std::pair<std::string_view, When>{"prerelease", When::kPrerelease},
    std::pair<std::string_view, When>{"branch", When::kBranch},
    std::pair<std::string_view, When>{"tag", When::kTag},
};

/// * stands for any text, "/" included.
bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == text;
  }
  if (!text.starts_with(pattern.substr(0, star))) {
    return false;
  }
  pattern.remove_prefix(star + 1);
  for (auto rest = text.substr(star);; rest.remove_prefix(1)) {
    if (matches(pattern, rest)) {
      return true;
    }
    if (rest.empty()) {
      return false;
    }
  }
}

/// The git tag that a rule is about: for tag:<pattern> the first that matches.
std::optional<std::string> tag_for(const TagRule& rule, const GitVersion& version) {
  const auto found = std::find_if(version.tags.begin(), version.tags.end(), [&](const auto& tag) {
    return rule.when != When::kTag || matches(rule.pattern, tag);
  });
  return found == version.tags.end() ? std::nullopt : std::optional(*found);
}

bool applies(const TagRule& rule, const GitVersion& version) {
  switch (rule.when) {
    case When::kRelease:
      return version.is_tagged && version.version.is_release();
    case When::kPrerelease:
      return version.is_tagged && !version.version.is_release();
    case When::kBranch:
      return !version.branch.empty() && matches(rule.pattern, version.branch);
    case When::kTag:
      return tag_for(rule, version).has_value();
    case When::kAlways:
      break;
  }
  return true;
}

std::string short_commit(const GitVersion& version) {
  return version.commit.substr(0, 7);
}

base::Result<std::string> fill_in(const TagRule& rule, const GitVersion& version) {
  const std::array values = {
      std::pair<std::string_view, std::string>{"version", version.version.text()},
      std::pair<std::string_view, std::string>{"major", std::to_string(version.version.major)},
      std::pair<std::string_view, std::string>{"minor", std::to_string(version.version.minor)},
      std::pair<std::string_view, std::string>{"patch", std::to_string(version.version.patch)},
      std::pair<std::string_view, std::string>{"branch", version.branch},
      std::pair<std::string_view, std::string>{"tag", tag_for(rule, version).value_or("")},
      std::pair<std::string_view, std::string>{"sha", short_commit(version)},
  };
  std::string filled;
  for (std::string_view rest = rule.tag; !rest.empty();) {
    const auto open = rest.find('{');
    filled += rest.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const auto close = rest.find('}', open);
    const auto name =
        rest.substr(open + 1, close == std::string_view::npos ? close : close - open - 1);
    const auto* const value = std::find_if(values.begin(), values.end(),
                                           [&](const auto& pair) { return pair.first == name; });
    if (close == std::string_view::npos || value == values.end()) {
      return base::Error{
          fmt::format("the tag rule's '{}' has no value for '{{{}}}'", base::printable(rule.tag),
                      base::printable(name)),
          "", "there are {version}, {major}, {minor}, {patch}, {branch}, {tag} and {sha}"};
    }
    filled += value->second;
    rest.remove_prefix(close + 1);
  }
  auto tag = as_tag(filled);
  if (!is_tag(tag)) {
    return base::Error{fmt::format("the tag rule's '{}' makes '{}', which is no tag",
                                   base::printable(rule.tag), base::printable(tag)),
                       "",
                       "a tag is at most 128 of letters, digits and _ . - and begins with one of "
                       "the first three"};
  }
  return tag;
}

}  // namespace

std::string as_tag(std::string_view text) {
  std::string tag(text);
  std::replace_if(
      tag.begin(), tag.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '_' || c == '.' || c == '-');
      },
      '_');
  return tag;
}

base::Result<TagRule> TagRule::parse(std::string_view text) {
  const auto equals = text.find('=');
  const auto condition = text.substr(0, equals);
  const auto colon = condition.find(':');
  const auto word = condition.substr(0, colon);
  const auto* const found = std::find_if(kWhen.begin(), kWhen.end(),
                                         [&](const auto& pair) { return pair.first == word; });
  if (equals == std::string_view::npos || equals + 1 == text.size() || found == kWhen.end()) {
    return base::Error{fmt::format("'{}' is no tag rule", base::printable(text)), "",
                       "write <when>=<tag>, where <when> is always, release, prerelease, "
                       "branch:<pattern> or tag:<pattern>"};
  }
  const bool wants_pattern = found->second == When::kBranch || found->second == When::kTag;
  const bool has_pattern = colon != std::string_view::npos && colon + 1 < condition.size();
  if (wants_pattern != has_pattern) {
    return base::Error{fmt::format("the tag rule '{}' {}", base::printable(text),
                                   wants_pattern ? "needs a pattern" : "takes no pattern"),
                       "", wants_pattern ? "for example branch:release/*={branch}" : ""};
  }
  return TagRule{found->second, has_pattern ? std::string(condition.substr(colon + 1)) : "",
                 std::string(text.substr(equals + 1))};
}

base::Result<std::vector<PlannedTag>> plan_tags(const GitVersion& version,
                                                std::span<const TagRule> rules) {
  std::vector<PlannedTag> planned;
  const auto add = [&](PlannedTag tag) {
    const auto same = [&](const PlannedTag& other) { return other.name == tag.name; };
    if (std::none_of(planned.begin(), planned.end(), same)) {
      planned.push_back(std::move(tag));
    }
  };
  const auto& number = version.version;
  if (version.is_tagged) {
    add({as_tag(number.text())});
  }
  add({"sha-" + short_commit(version)});
  for (const auto& rule : rules) {
    if (applies(rule, version)) {
      GANTRY_TRY(auto tag, fill_in(rule, version));
      add({std::move(tag)});
    }
  }
  if (version.on_default_branch) {
    add({"edge"});
  }
  if (version.is_tagged && number.is_release()) {
    add({fmt::format("{}.{}", number.major, number.minor), number});
    add({std::to_string(number.major), number});
    add({std::string(kLatest), number});
  }
  return planned;
}

std::optional<std::string> release_above(const PlannedTag& tag,
                                         std::span<const std::string> existing) {
  if (!tag.moves_to) {
    return std::nullopt;
  }
  const auto& release = *tag.moves_to;
  const bool is_minor = tag.name.find('.') != std::string::npos;
  auto highest = release;
  std::optional<std::string> found;
  for (const auto& name : existing) {
    auto other = SemanticVersion::parse(name);
    const bool is_in_line = other && other->is_release() &&
                            (tag.name == kLatest || other->major == release.major) &&
                            (!is_minor || other->minor == release.minor);
    if (is_in_line && highest < *other) {
      highest = *std::move(other);
      found = name;
    }
  }
  return found;
}

}  // namespace gantry::oci
