#include "cli/publish_tags.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/warning.hpp"
#include "content/git_version.hpp"
#include "oci/layout.hpp"

namespace gantry::cli {

void TagOptions::add_to(CLI::App& command, const std::string& tag_help) {
  command.add_option("--tag", tags, tag_help)->type_name("TAG");
  command
      .add_option("--tags-from-git", git_directory,
                  "Tags of a checkout: X.Y.Z, X.Y, X and latest of a release, edge of the default "
                  "branch, sha-<7 hex>")
      ->type_name("DIR");
  command.add_option("--tag-prefix", tag_prefix, "What stands before a git tag's version")
      ->type_name("TEXT")
      ->capture_default_str();
  command
      .add_option("--tag-rule", rules,
                  "A further tag from git: WHEN=TAG, as in branch:release/*={branch}")
      ->type_name("RULE");
}

base::Result<std::vector<oci::PlannedTag>> plan(const TagOptions& options) {
  std::vector<oci::PlannedTag> planned;
  for (const auto& tag : options.tags) {
    if (!oci::is_tag(tag)) {
      return base::Error{fmt::format("'{}' is no tag", base::printable(tag)), "--tag",
                         "a tag is at most 128 of letters, digits and _ . - and begins with one of "
                         "the first three"};
    }
    planned.push_back({tag});
  }
  if (options.git_directory.empty()) {
    return planned;
  }
  GANTRY_TRY(const auto git, content::read_git_version(options.git_directory, options.tag_prefix));
  if (!git) {
    return base::Error{"there is no git checkout with a commit here", options.git_directory,
                       "tags from git need one; name the tags instead"};
  }
  std::vector<oci::TagRule> rules;
  for (const auto& text : options.rules) {
    GANTRY_TRY(auto rule, oci::TagRule::parse(text));
    rules.push_back(std::move(rule));
  }
  GANTRY_TRY(const auto automatic, oci::plan_tags(*git, rules));
  for (const auto& tag : automatic) {
    const auto same = [&](const oci::PlannedTag& other) { return other.name == tag.name; };
    if (std::none_of(planned.begin(), planned.end(), same)) {
      planned.push_back(tag);
    }
  }
  return planned;
}

base::Result<void> warn_of_checkout(const TagOptions& options,
                                    std::span<const oci::PlannedTag> planned) {
  if (options.git_directory.empty()) {
    return {};
  }
  GANTRY_TRY(const auto state, content::read_checkout_state(options.git_directory));
  if (state.has_changes) {
    print_warning({"there are changes that no commit has, but the tags are the commit's",
                   options.git_directory, ""});
  }
  const bool is_release = std::any_of(planned.begin(), planned.end(),
                                      [](const auto& tag) { return tag.moves_to.has_value(); });
  if (state.is_shallow && !is_release) {
    print_warning(
        {"a release may not be known as one, since the clone is shallow: fetch the whole "
         "history with its tags",
         options.git_directory, ""});
  }
  return {};
}

void say_that_it_stays(const oci::PlannedTag& tag) {
  fmt::print(stderr, "tag {} stays: there is a release above {}\n", tag.name, tag.moves_to->text());
}

base::Result<std::vector<std::string>> movable(
    std::span<const oci::PlannedTag> planned,
    const std::function<base::Result<std::vector<std::string>>()>& existing) {
  std::vector<std::string> there;
  if (std::any_of(planned.begin(), planned.end(),
                  [](const oci::PlannedTag& tag) { return tag.moves_to.has_value(); })) {
    GANTRY_TRY(there, existing());
  }
  std::vector<std::string> names;
  for (const auto& tag : planned) {
    if (!oci::release_above(tag, there)) {
      names.push_back(tag.name);
    } else {
      say_that_it_stays(tag);
    }
  }
  return names;
}

}  // namespace gantry::cli
