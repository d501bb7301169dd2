#include "content/package_sources.hpp"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <locale>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace gantry::content {

std::vector<PackageSource> sources_for_suite(std::string_view index_targets,
                                             std::string_view suite) {
  std::set<PackageSource> exact;
  std::set<PackageSource> similar;
  const std::string wanted(suite);
  for (const auto line : base::split(index_targets, '\n')) {
    const auto words = base::split(line, ' ');
    if (words.size() != 5 || words[0] != "Packages") {
      continue;
    }
    std::string uri(words[1]);
    while (uri.ends_with('/')) {
      uri.pop_back();
    }
    for (const std::string& name : {wanted, wanted + "-updates", wanted + "-security"}) {
      if (words[2] == name || words[3] == name) {
        exact.insert({uri, name});
      }
    }
    if (words[4] == "Debian") {
      similar.insert({uri, wanted});
    }
  }
  const bool has_suite = std::any_of(exact.begin(), exact.end(), [&](const PackageSource& source) {
    return source.suite == wanted;
  });
  const auto& chosen = has_suite ? exact : similar;
  return {chosen.begin(), chosen.end()};
}

base::Result<Release> parse_release(std::string_view text, std::string_view where) {
  constexpr std::string_view kDate = "Date: ";
  for (const auto line : base::split(text, '\n')) {
    if (!line.starts_with(kDate)) {
      continue;
    }
    // "Sat, 11 Jul 2026 10:16:37 UTC"
    std::istringstream stream{std::string(line.substr(kDate.size()))};
    stream.imbue(std::locale::classic());
    std::tm time{};
    std::string zone;
    stream >> std::get_time(&time, "%a, %d %b %Y %H:%M:%S") >> zone;
    if (stream && (zone == "UTC" || zone == "GMT" || zone == "+0000")) {
      return Release{sha256(text), timegm(&time)};
    }
  }
  return base::Error{"it has no date that can be read", std::string(where), ""};
}

base::Result<std::optional<Release>> fetch_release(const PackageSource& source) {
  GANTRY_TRY(const auto directory, base::TempDir::create());
  const auto file = directory.path() / "InRelease";
  const auto uri = source.release_uri();
  GANTRY_TRY(const auto finished,
             base::run({.arguments = {"/usr/lib/apt/apt-helper", "-o", "Acquire::Retries=0",
                                      "download-file", uri, file},
                        .environment = {{"LC_ALL", "C"}}}));
  if (finished.exit_code == 0) {
    GANTRY_TRY(const auto text, base::read_file(file));
    GANTRY_TRY(auto release, parse_release(text, uri));
    return std::optional(release);
  }
  for (const std::string_view sign : {" 404 ", "File not found"}) {
    if (finished.err.find(sign) != std::string::npos) {
      return base::Error{fmt::format("there is no suite '{}' at {}", base::printable(source.suite),
                                     base::printable(source.uri)),
                         "",
                         "name a release of the mirror, such as bookworm, or give another mirror"};
    }
  }
  return std::optional<Release>();
}

}  // namespace gantry::content
