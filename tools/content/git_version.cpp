#include "content/git_version.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "content/git.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

class Checkout {
 public:
  explicit Checkout(fs::path directory) : directory_(std::move(directory)) {}

  /// What git prints, trimmed; nothing if it has no answer.
  base::Result<std::optional<std::string>> ask(std::vector<std::string> arguments) const {
    GANTRY_TRY(const auto finished, base::run(command(std::move(arguments))));
    return finished.exit_code == 0 ? std::optional(std::string(base::trim(finished.out)))
                                   : std::nullopt;
  }

  /// As ask, but no answer is an Error that quotes git.
  base::Result<std::string> demand(std::vector<std::string> arguments) const {
    GANTRY_TRY(const auto finished, base::run_checked(command(std::move(arguments))));
    return std::string(base::trim(finished.out));
  }

 private:
  base::Command command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"git", "-C", directory_});
    return {.arguments = std::move(arguments),
            .environment = {{"LC_ALL", "C"}, {"GIT_OPTIONAL_LOCKS", "0"}}};
  }

  fs::path directory_;
};

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The branch that a CI system says it builds: it often checks out a commit alone.
std::string branch_of_ci() {
  if (environment("GITHUB_REF_TYPE") == "branch") {
    return environment("GITHUB_REF_NAME");
  }
  return environment("CI_COMMIT_BRANCH");
}

/// Without anyone who says, main and master are default branches.
base::Result<bool> is_default_branch(const Checkout& checkout, std::string_view branch) {
  constexpr std::string_view kRemote = "origin/";
  if (branch.empty()) {
    return false;
  }
  if (const auto named = environment("CI_DEFAULT_BRANCH"); !named.empty()) {
    return branch == named;
  }
  GANTRY_TRY(const auto head,
             checkout.ask({"symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"}));
  if (head && head->starts_with(kRemote)) {
    return branch == head->substr(kRemote.size());
  }
  return branch == "main" || branch == "master";
}

std::optional<SemanticVersion> version_of(std::string_view tag, std::string_view prefix) {
  return tag.starts_with(prefix) ? SemanticVersion::parse(tag.substr(prefix.size())) : std::nullopt;
}

/// The highest version that a tag on HEAD names.
std::optional<SemanticVersion> highest(const std::vector<std::string>& tags,
                                       std::string_view prefix) {
  std::optional<SemanticVersion> best;
  for (const auto& tag : tags) {
    if (auto version = version_of(tag, prefix); version && (!best || *best < *version)) {
      best = std::move(version);
    }
  }
  return best;
}

/// "<tag>-<commits>-g<hash>" taken apart; nothing if the tag is no version.
std::optional<SemanticVersion> development_version(std::string_view described,
                                                   std::string_view prefix) {
  const auto hash = described.rfind("-g");
  const auto commits = described.rfind('-', hash == 0 ? 0 : hash - 1);
  if (hash == std::string_view::npos || commits == std::string_view::npos) {
    return std::nullopt;
  }
  auto version = version_of(described.substr(0, commits), prefix);
  if (version) {
    if (version->is_release()) {
      ++version->patch;
      version->prerelease = "dev";
    } else {
      version->prerelease += ".dev";
    }
    version->prerelease += "." + std::string(described.substr(commits + 1, hash - commits - 1));
    version->build = described.substr(hash + 1);
  }
  return version;
}

base::Result<SemanticVersion> find_development_version(const Checkout& checkout,
                                                       std::string_view prefix,
                                                       std::string_view commit) {
  GANTRY_TRY(const auto described,
             checkout.ask({"describe", "--tags", "--long", "--abbrev=7", "--match",
                           fmt::format("{}[0-9]*.[0-9]*.[0-9]*", prefix)}));
  if (described) {
    if (auto version = development_version(*described, prefix)) {
      return *std::move(version);
    }
  }
  GANTRY_TRY(const auto count, checkout.demand({"rev-list", "--count", "HEAD"}));
  SemanticVersion version;
  version.prerelease = "dev." + count;
  version.build = fmt::format("g{}", commit.substr(0, 7));
  return version;
}

/// The files and directories that change when a tag is made, moved or deleted.
base::Result<std::vector<fs::path>> tag_files(const Checkout& checkout, const fs::path& directory,
                                              std::string_view prefix) {
  GANTRY_TRY(const auto common, checkout.demand({"rev-parse", "--git-common-dir"}));
  const auto root = (fs::absolute(directory) / common).lexically_normal();
  const auto nested = fs::path(prefix).parent_path();  // of tags such as "app/v1.0.0"
  std::vector<fs::path> files;
  std::error_code failure;
  for (const auto& path :
       {root / "packed-refs", root / "refs" / "tags", root / "refs" / "tags" / nested,
        root / "refs" / "remotes" / "origin" / "HEAD"}) {
    if (fs::exists(path, failure)) {
      files.push_back(path);
    }
  }
  return files;
}

}  // namespace

base::Result<std::optional<GitVersion>> read_git_version(const fs::path& directory,
                                                         std::string_view tag_prefix) {
  GANTRY_TRY(auto revision, read_git_revision(directory));
  if (!revision) {
    return std::optional<GitVersion>();
  }
  const Checkout checkout(directory);
  GitVersion found;
  found.commit = std::move(revision->commit);
  found.files = std::move(revision->files);
  GANTRY_TRY(const auto more, tag_files(checkout, directory, tag_prefix));
  found.files.insert(found.files.end(), more.begin(), more.end());
  GANTRY_TRY(const auto tags, checkout.demand({"tag", "--points-at", "HEAD"}));
  for (const auto tag : base::split(tags, '\n')) {
    if (!tag.empty()) {
      found.tags.emplace_back(tag);
    }
  }
  GANTRY_TRY(const auto branch, checkout.ask({"symbolic-ref", "--quiet", "--short", "HEAD"}));
  found.branch = branch ? *branch : branch_of_ci();
  GANTRY_TRY(found.on_default_branch, is_default_branch(checkout, found.branch));
  if (auto version = highest(found.tags, tag_prefix)) {
    found.version = *std::move(version);
    found.is_tagged = true;
  } else {
    GANTRY_TRY(found.version, find_development_version(checkout, tag_prefix, found.commit));
  }
  return std::optional(std::move(found));
}

base::Result<CheckoutState> read_checkout_state(const fs::path& directory) {
  const Checkout checkout(directory);
  GANTRY_TRY(const auto changes, checkout.ask({"status", "--porcelain", "--untracked-files=no"}));
  GANTRY_TRY(const auto shallow, checkout.ask({"rev-parse", "--is-shallow-repository"}));
  return CheckoutState{changes && !changes->empty(), shallow == "true"};
}

}  // namespace gantry::content
