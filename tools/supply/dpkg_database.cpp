#include "supply/dpkg_database.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::supply {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::string_view kStatus = "var/lib/dpkg/status";
constexpr std::string_view kStatusDirectory = "var/lib/dpkg/status.d/";
constexpr std::string_view kInfoDirectory = "var/lib/dpkg/info/";
constexpr std::string_view kList = ".list";
constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

bool is_status(std::string_view path) {
  return path == kStatus || (path.starts_with(kStatusDirectory) && !path.ends_with(".md5sums") &&
                             path.find('/', kStatusDirectory.size()) == std::string_view::npos);
}

bool is_list(std::string_view path) {
  return path.starts_with(kInfoDirectory) && path.ends_with(kList) &&
         path.find('/', kInfoDirectory.size()) == std::string_view::npos;
}

/// The file's one name, wherever /usr is merged.
std::string_view merged(std::string_view path) {
  constexpr std::string_view kUsr = "usr/";
  constexpr std::array<std::string_view, 6> kMoved = {"bin/",   "sbin/",  "lib/",
                                                      "lib32/", "lib64/", "libx32/"};
  if (path.starts_with(kUsr)) {
    const auto rest = path.substr(kUsr.size());
    if (std::any_of(kMoved.begin(), kMoved.end(),
                    [&](std::string_view top) { return rest.starts_with(top); })) {
      return rest;
    }
  }
  return path;
}

bool consists_of(std::string_view text, std::string_view marks) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

/// The fields of one stanza that count, each by its first line.
using Stanza = std::map<std::string, std::string, std::less<>>;

std::string field(const Stanza& stanza, std::string_view name) {
  const auto found = stanza.find(name);
  return found == stanza.end() ? "" : found->second;
}

/// "name (version)" of a Source field, or what the package itself has.
void set_source(DebianPackage& package, std::string_view source) {
  const auto open = source.find('(');
  package.source = base::trim(source.substr(0, open));
  if (package.source.empty()) {
    package.source = package.name;
  }
  package.source_version = package.version;
  if (open != std::string_view::npos) {
    const auto close = source.find(')', open);
    package.source_version = base::trim(source.substr(open + 1, close - open - 1));
  }
}

/// Nothing for a package that is not installed.
Result<void> add_package(const Stanza& stanza, const std::string& where,
                         std::vector<DebianPackage>& packages) {
  const auto status = field(stanza, "Status");
  if (stanza.empty() || (!status.empty() && !status.ends_with(" installed"))) {
    return {};
  }
  DebianPackage package;
  package.name = field(stanza, "Package");
  package.version = field(stanza, "Version");
  package.architecture = field(stanza, "Architecture");
  set_source(package, field(stanza, "Source"));
  package.maintainer = field(stanza, "Maintainer");
  const auto check = [&](std::string_view name, const std::string& value,
                         std::string_view marks) -> Result<void> {
    if (value.empty()) {
      return base::Error{
          fmt::format("the package '{}' has no field {}", base::printable(package.name), name),
          where, ""};
    }
    if (!consists_of(value, marks)) {
      return base::Error{fmt::format("the package '{}' has the field {}: '{}'",
                                     base::printable(package.name), name, base::printable(value)),
                         where, ""};
    }
    return {};
  };
  GANTRY_CHECK(check("Package", package.name, "+.-"));
  GANTRY_CHECK(check("Version", package.version, ".+-:~"));
  GANTRY_CHECK(check("Architecture", package.architecture, "-"));
  GANTRY_CHECK(check("Source", package.source, "+.-"));
  GANTRY_CHECK(check("Source", package.source_version, ".+-:~"));
  packages.push_back(std::move(package));
  return {};
}

}  // namespace

bool is_dpkg_document(std::string_view path) {
  return is_status(path) || is_list(path);
}

Result<void> DpkgDatabase::add_status(std::string_view text, const std::string& where) {
  constexpr std::array<std::string_view, 6> kFields = {"Package",      "Status", "Version",
                                                       "Architecture", "Source", "Maintainer"};
  Stanza stanza;
  for (const auto line : base::split(text, '\n')) {
    if (base::trim(line).empty()) {
      GANTRY_CHECK(add_package(stanza, where, packages_));
      stanza.clear();
      continue;
    }
    const auto colon = line.find(':');
    if (line.front() == ' ' || line.front() == '\t' || colon == std::string_view::npos) {
      continue;
    }
    const auto name = line.substr(0, colon);
    if (std::find(kFields.begin(), kFields.end(), name) != kFields.end()) {
      stanza.insert_or_assign(std::string(name), std::string(base::trim(line.substr(colon + 1))));
    }
  }
  return add_package(stanza, where, packages_);
}

/// name is "libc6:amd64" for a package that may be installed for several architectures.
void DpkgDatabase::add_list(std::string_view name, std::string_view text) {
  const auto colon = name.find(':');
  const auto by_name = [](const DebianPackage& package, std::string_view wanted) {
    return package.name < wanted;
  };
  auto package =
      std::lower_bound(packages_.begin(), packages_.end(), name.substr(0, colon), by_name);
  while (package != packages_.end() && package->name == name.substr(0, colon) &&
         colon != std::string_view::npos && package->architecture != name.substr(colon + 1)) {
    ++package;
  }
  if (package == packages_.end() || package->name != name.substr(0, colon)) {
    return;
  }
  const auto index = static_cast<std::size_t>(package - packages_.begin());
  for (const auto line : base::split(text, '\n')) {
    if (line.size() < 2 || line.front() != '/') {
      continue;
    }
    const auto [owner, first] = owners_.try_emplace(std::string(merged(line.substr(1))), index);
    if (!first && owner->second != index) {
      owner->second = kNobody;
    }
  }
}

Result<DpkgDatabase> DpkgDatabase::parse(const std::map<std::string, std::string>& documents) {
  DpkgDatabase database;
  for (const auto& [path, text] : documents) {
    if (is_status(path)) {
      GANTRY_CHECK(database.add_status(text, "/" + base::printable(path)));
    }
  }
  auto& packages = database.packages_;
  const auto key = [](const DebianPackage& package) {
    return std::tie(package.name, package.version, package.architecture, package.source,
                    package.source_version, package.maintainer);
  };
  std::sort(packages.begin(), packages.end(),
            [&](const DebianPackage& a, const DebianPackage& b) { return key(a) < key(b); });
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  for (const auto& [path, text] : documents) {
    if (is_list(path)) {
      const std::string_view name(path);
      database.add_list(
          name.substr(kInfoDirectory.size(), name.size() - kInfoDirectory.size() - kList.size()),
          text);
    }
  }
  return database;
}

Result<DpkgDatabase> DpkgDatabase::read(const fs::path& root) {
  std::map<std::string, std::string> documents;
  std::error_code failure;
  if (!fs::exists(root / kStatus, failure)) {
    return DpkgDatabase();
  }
  GANTRY_TRY(documents[std::string(kStatus)], base::read_file(root / kStatus));
  for (auto it = fs::directory_iterator(root / kInfoDirectory, failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    const auto path = std::string(kInfoDirectory) + it->path().filename().native();
    if (is_list(path)) {
      GANTRY_TRY(documents[path], base::read_file(it->path()));
    }
  }
  return parse(documents);
}

const DebianPackage* DpkgDatabase::owner(std::string_view path) const {
  const auto found = owners_.find(merged(path));
  return found == owners_.end() || found->second == kNobody ? nullptr : &packages_[found->second];
}

}  // namespace gantry::supply
