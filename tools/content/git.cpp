#include "content/git.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "content/entry.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMaxSmallFile = 1 << 20;
constexpr int kMaxSymbolicRefs = 5;  // as git

struct Repository {
  fs::path directory;  ///< of this worktree: HEAD
  fs::path common;     ///< of all worktrees: refs, config
};

bool is_hash(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_there(const fs::path& path) {
  std::error_code failure;
  return fs::exists(path, failure);
}

/// The trimmed content of a small file; nothing if there is none.
base::Result<std::optional<std::string>> read_line(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure)) {
    return std::optional<std::string>();
  }
  GANTRY_TRY(const auto text, base::read_file(path, kMaxSmallFile));
  return std::optional(std::string(base::trim(text)));
}

/// Whether GIT_CEILING_DIRECTORIES keeps git from looking in a directory on the way up.
bool is_ceiling(const fs::path& directory) {
  const char* const ceilings = std::getenv("GIT_CEILING_DIRECTORIES");
  for (const auto ceiling : base::split(ceilings == nullptr ? "" : ceilings, ':')) {
    if (fs::path(ceiling).lexically_normal() == directory) {
      return true;
    }
  }
  return false;
}

/// The nearest .git on the way up, on the same file system, as git looks for it.
std::optional<fs::path> find_dot_git(const fs::path& directory) {
  std::error_code failure;
  fs::path at = fs::absolute(directory, failure).lexically_normal();
  struct stat first {};
  if (failure || stat(at.c_str(), &first) != 0) {
    return std::nullopt;
  }
  for (;; at = at.parent_path()) {
    struct stat here {};
    if (stat(at.c_str(), &here) != 0 || here.st_dev != first.st_dev) {
      return std::nullopt;
    }
    if (is_there(at / ".git")) {
      return at / ".git";
    }
    if (!at.has_relative_path() || is_ceiling(at.parent_path())) {
      return std::nullopt;
    }
  }
}

base::Result<Repository> open_repository(const fs::path& dot_git) {
  constexpr std::string_view kMark = "gitdir: ";
  Repository repository{dot_git, dot_git};
  GANTRY_TRY(const auto link, read_line(dot_git));
  if (link) {
    if (!link->starts_with(kMark)) {
      return base::Error{"it does not begin with 'gitdir: '", dot_git.native(), ""};
    }
    repository.directory = (dot_git.parent_path() / link->substr(kMark.size())).lexically_normal();
    repository.common = repository.directory;
  }
  GANTRY_TRY(const auto common, read_line(repository.directory / "commondir"));
  if (common) {
    repository.common = (repository.directory / *common).lexically_normal();
  }
  return repository;
}

base::Result<std::optional<std::string>> find_packed(const fs::path& packed,
                                                     std::string_view name) {
  if (!is_there(packed)) {
    return std::optional<std::string>();
  }
  GANTRY_TRY(const auto text, base::read_file(packed));
  for (const auto line : base::split(text, '\n')) {
    const auto space = line.find(' ');
    if (space != std::string_view::npos && line.substr(space + 1) == name &&
        is_hash(line.substr(0, space))) {
      return std::optional(std::string(line.substr(0, space)));
    }
  }
  return std::optional<std::string>();
}

/// A file that decides; one that does not exist yet is told by its nearest directory.
void depend_on(fs::path path, std::vector<fs::path>& files) {
  while (!is_there(path) && path.has_relative_path()) {
    path = path.parent_path();
  }
  files.push_back(std::move(path));
}

/// Follows HEAD to a commit; nothing on a branch without one.
base::Result<std::optional<std::string>> read_head(const Repository& repository,
                                                   std::vector<fs::path>& files) {
  constexpr std::string_view kSymbolic = "ref: ";
  const fs::path head = repository.directory / "HEAD";
  depend_on(head, files);
  GANTRY_TRY(auto text, read_line(head));
  for (int links = 0; text && text->starts_with(kSymbolic); ++links) {
    const std::string name = text->substr(kSymbolic.size());
    if (!name.starts_with("refs/") || !is_clean_path(name) || links == kMaxSymbolicRefs) {
      return base::Error{fmt::format("'{}' is no reference", base::printable(name)), head.native(),
                         ""};
    }
    const fs::path& own =
        is_there(repository.directory / name) ? repository.directory : repository.common;
    depend_on(own / name, files);
    GANTRY_TRY(text, read_line(own / name));
    if (!text) {
      depend_on(repository.common / "packed-refs", files);
      GANTRY_TRY(text, find_packed(repository.common / "packed-refs", name));
    }
  }
  if (text && !is_hash(*text)) {
    return base::Error{fmt::format("'{}' is no commit", base::printable(*text)), head.native(), ""};
  }
  return text;
}

/// The value of a line "url = …" of git-config(1), with its quotes and escapes undone.
std::string config_value(std::string_view text) {
  std::string value;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == '#' || text[i] == ';')) {
      break;
    } else {
      i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
      value += text[i];
    }
  }
  return std::string(base::trim(value));
}

base::Result<std::string> read_origin(const fs::path& config) {
  if (!is_there(config)) {
    return std::string();
  }
  GANTRY_TRY(const auto text, base::read_file(config, kMaxSmallFile));
  std::string url;
  bool in_origin = false;
  for (const auto line : base::split(text, '\n')) {
    const auto trimmed = base::trim(line);
    const auto equals = trimmed.find('=');
    if (trimmed.starts_with('[')) {
      in_origin = trimmed == "[remote \"origin\"]";
    } else if (in_origin && equals != std::string_view::npos &&
               base::trim(trimmed.substr(0, equals)) == "url") {
      url = config_value(base::trim(trimmed.substr(equals + 1)));
    }
  }
  return public_url(url);
}

/// Nothing without a git program, or if it does not find the commit.
std::optional<std::int64_t> read_commit_time(const Repository& repository,
                                             const std::string& commit) {
  const auto finished =
      base::run({.arguments = {"git", "--git-dir=" + repository.directory.native(), "cat-file",
                               "commit", commit},
                 .environment = {{"LC_ALL", "C"}, {"GIT_OPTIONAL_LOCKS", "0"}}});
  if (!finished || finished->exit_code != 0) {
    return std::nullopt;
  }
  for (const auto line : base::split(finished->out, '\n')) {
    if (line.empty()) {
      break;  // The message follows.
    }
    // "committer Name <mail> 1700000000 +0100"
    const auto words = base::split(line, ' ');
    if (words.front() == "committer" && words.size() >= 4) {
      const auto seconds = base::parse_unsigned(words[words.size() - 2]);
      return seconds ? std::optional(static_cast<std::int64_t>(*seconds)) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string public_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) {
    // user@host:path, as ssh takes it; anything else is a path of this machine.
    const auto colon = url.find(':');
    const bool is_remote = colon != std::string_view::npos && colon < url.find('/');
    return is_remote ? std::string(url) : "";
  }
  const auto scheme = url.substr(0, scheme_end);
  if (scheme == "file") {
    return "";
  }
  auto rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const auto slash = rest.find('/');
  const auto authority = rest.substr(0, slash);
  const auto at = authority.rfind('@');
  std::string user;
  if (at != std::string_view::npos && (scheme == "ssh" || scheme == "git+ssh")) {
    user = std::string(authority.substr(0, std::min(at, authority.find(':')))) + "@";
  }
  return fmt::format("{}://{}{}", scheme, user,
                     at == std::string_view::npos ? rest : rest.substr(at + 1));
}

base::Result<std::optional<GitRevision>> read_git_revision(const fs::path& directory) {
  const auto dot_git = find_dot_git(directory);
  if (!dot_git) {
    return std::optional<GitRevision>();
  }
  GANTRY_TRY(const auto repository, open_repository(*dot_git));
  GitRevision revision;
  GANTRY_TRY(const auto commit, read_head(repository, revision.files));
  if (!commit) {
    return std::optional<GitRevision>();
  }
  revision.commit = *commit;
  revision.commit_time = read_commit_time(repository, *commit);
  depend_on(repository.common / "config", revision.files);
  GANTRY_TRY(revision.origin, read_origin(repository.common / "config"));
  return std::optional(std::move(revision));
}

}  // namespace gantry::content
