#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "oci/tag_rules.hpp"

namespace gantry::cli {

/// The options that say which tags an image is published under.
struct TagOptions {
  std::vector<std::string> tags;  ///< as they are
  std::string git_directory;      ///< empty: no tags from git
  std::string tag_prefix = "v";
  std::vector<std::string> rules;  ///< see oci::TagRule

  void add_to(CLI::App& command,
              const std::string& tag_help = "A tag for it; may be given more than once");
};

/// All tags, each a valid one, those of the checkout in the order to publish them: first those that
/// were asked for by name.
base::Result<std::vector<oci::PlannedTag>> plan(const TagOptions& options);

/// On standard error, if the tags from git may not be what the image is of: the checkout has
/// changes, or its history is cut off and so may be the tags.
base::Result<void> warn_of_checkout(const TagOptions& options,
                                    std::span<const oci::PlannedTag> planned);

/// A floating tag that would move below a release, on standard error.
void say_that_it_stays(const oci::PlannedTag& tag);

/// The names of those that may be set; says on standard error which may not. existing is asked for
/// only if there are floating tags.
base::Result<std::vector<std::string>> movable(
    std::span<const oci::PlannedTag> planned,
    const std::function<base::Result<std::vector<std::string>>()>& existing);

}  // namespace gantry::cli
