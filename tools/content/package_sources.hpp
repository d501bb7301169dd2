#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::content {

/// A suite at a place that apt can fetch packages from.
struct PackageSource {
  std::string uri;    ///< without a trailing slash
  std::string suite;  ///< "bookworm", "bookworm-updates"

  std::string release_uri() const { return uri + "/dists/" + suite + "/InRelease"; }
  std::string line() const { return "deb " + uri + " " + suite + " main"; }
  auto operator<=>(const PackageSource&) const = default;
};

/// What `apt-get indextargets` (asked for kIndexTargetFormat) has for a suite: the suite itself,
/// its updates and its security updates; or, if this machine runs another release of Debian, the
/// suite at the same mirrors. Sorted; may be empty.
std::vector<PackageSource> sources_for_suite(std::string_view index_targets,
                                             std::string_view suite);
inline constexpr std::string_view kIndexTargetFormat =
    "$(IDENTIFIER) $(REPO_URI) $(CODENAME) $(SUITE) $(LABEL)";

/// The state of a suite at a mirror.
struct Release {
  Digest digest;          ///< of its InRelease file
  std::int64_t date = 0;  ///< seconds
};

/// Reads an InRelease file; its signature is apt's to check when packages are fetched.
base::Result<Release> parse_release(std::string_view text, std::string_view where);

/// Fetches it as apt does, with the machine's proxies. Nothing if the mirror cannot be reached; a
/// mirror without the suite is an error.
base::Result<std::optional<Release>> fetch_release(const PackageSource& source);

}  // namespace gantry::content
