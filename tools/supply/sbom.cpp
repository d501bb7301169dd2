#include "supply/sbom.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <system_error>
#include <tuple>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/build.hpp"
#include "supply/inventory.hpp"
#include "supply/package_url.hpp"
#include "supply/spdx_document.hpp"

namespace gantry::supply {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr const char* kImageId = "Image";
constexpr const char* kBaseId = "Base";

std::string label(const oci::Image& image, const std::string& word) {
  const auto found = image.config.labels.find("org.opencontainers.image." + word);
  return found == image.config.labels.end() ? "" : found->second;
}

std::string annotation(const oci::Image& image, const std::string& word) {
  const auto found = image.manifest.annotations.find("org.opencontainers.image." + word);
  return found == image.manifest.annotations.end() ? "" : found->second;
}

/// The text if it can be a license expression (SPDX 2.3, annex D); else nothing.
std::string license_expression(const std::string& text) {
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-.+:() ").find(c) != std::string_view::npos;
  });
  return good ? text : "";
}

/// Which of the image's layers hold libraries of the machine that built it.
std::set<std::size_t> library_layers(const oci::Image& image) {
  std::set<std::size_t> layers;
  std::size_t layer = 0;
  for (const auto& entry : image.config.history) {
    if (entry.empty_layer) {
      continue;
    }
    if (entry.created_by == oci::kRuntimeLibrariesLayer) {
      layers.insert(layer);
    }
    ++layer;
  }
  return layers;
}

/// A web page, as SPDX wants it; empty for anything else.
std::string spdx_homepage(const std::string& url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  return web && std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; })
             ? url
             : "";
}

/// An archive has no revision: its URL is what is downloaded.
std::string fetched_from(const CMakeDependency& dependency) {
  return dependency.revision.empty()
             ? spdx_homepage(dependency.location)
             : spdx_download_location(dependency.location, dependency.revision);
}

class SbomMaker {
 public:
  SbomMaker(const oci::Image& image, const SbomOptions& options, Inventory inventory)
      : image_(image), options_(options), inventory_(std::move(inventory)) {}

  Result<std::string> make() {
    document_.name = base::printable(options_.name);
    document_.space = "urn:gantry:spdx:" + image_.descriptor.digest.text();
    document_.created = image_.config.created.value_or(0);
    document_.tool = options_.tool;
    relate(kSpdxDocumentId, "DESCRIBES", kImageId);
    add_image();
    add_base();
    add_project();
    GANTRY_TRY(const auto installed, DpkgDatabase::parse(inventory_.documents));
    const auto distribution = find_distribution(inventory_.documents);
    for (const auto& package : installed.packages()) {
      add_package(package, distribution);
    }
    add_files(installed);
    GANTRY_CHECK(add_host_packages(installed));
    std::sort(packages_.begin(), packages_.end(), [](const SpdxPackage& a, const SpdxPackage& b) {
      return std::tie(a.name, a.id) < std::tie(b.name, b.id);
    });
    document_.packages.insert(document_.packages.end(), packages_.begin(), packages_.end());
    for (const auto& package : packages_) {
      relate(kImageId, "CONTAINS", package.id);
    }
    for (const auto& file : document_.files) {
      relate(kImageId, "CONTAINS", file.id);
    }
    std::move(origins_.begin(), origins_.end(), std::back_inserter(document_.relationships));
    return to_json(document_);
  }

 private:
  void relate(std::string from, std::string type, std::string to) {
    document_.relationships.push_back({std::move(from), std::move(type), std::move(to)});
  }

  void add_image() {
    const auto revision = label(image_, "revision");
    SpdxPackage package;
    package.id = kImageId;
    package.name = base::printable(options_.name);
    package.version = base::printable(label(image_, "version"));
    if (package.version.empty()) {
      package.version = base::printable(revision);
    }
    const auto vendor = label(image_, "vendor");
    package.supplier = vendor.empty() ? "" : "Organization: " + base::printable(vendor);
    package.download_location = spdx_download_location(label(image_, "source"), revision);
    package.license = license_expression(label(image_, "licenses"));
    package.source_info = revision.empty() ? "" : "revision " + base::printable(revision);
    package.purpose = "CONTAINER";
    package.url = package_url(options_.name, image_.descriptor.digest, image_.config.platform);
    package.checksums = {{"SHA256", image_.descriptor.digest.hex()}};
    std::vector<std::string> sha1s;
    for (const auto& file : inventory_.files) {
      sha1s.push_back(file.sha1);
    }
    package.verification_code = spdx_verification_code(std::move(sha1s));
    document_.packages.push_back(std::move(package));
  }

  void add_base() {
    const auto digest = content::Digest::parse(annotation(image_, "base.digest"));
    if (!digest) {
      return;
    }
    const auto name = annotation(image_, "base.name");
    SpdxPackage package;
    package.id = kBaseId;
    package.name = name.empty() ? digest->text() : base::printable(name);
    package.purpose = "CONTAINER";
    package.checksums = {{"SHA256", digest->hex()}};
    document_.packages.push_back(std::move(package));
    relate(kImageId, "DESCENDANT_OF", kBaseId);
  }

  void add_project() {
    const auto& project = options_.project;
    if (project.name.empty()) {
      return;
    }
    SpdxPackage package;
    package.id = spdx_id("Project", project.name);
    package.name = base::printable(project.name);
    package.version = base::printable(project.version);
    package.homepage = spdx_homepage(project.homepage);
    package.purpose = "SOURCE";
    const auto id = package.id;
    document_.packages.push_back(std::move(package));
    relate(kImageId, "GENERATED_FROM", id);
    for (const auto& dependency : project.dependencies) {
      add_dependency(dependency, id);
    }
  }

  /// What was found was on the machine that built; what was fetched is built with the project.
  void add_dependency(const CMakeDependency& dependency, const std::string& project) {
    const bool fetched = dependency.kind == CMakeDependency::Kind::kFetched;
    SpdxPackage package;
    package.id = spdx_id(fetched ? "Fetched" : "Found", dependency.name);
    package.name = base::printable(dependency.name);
    package.version =
        base::printable(dependency.version.empty() ? dependency.revision : dependency.version);
    package.download_location = fetched_from(dependency);
    package.purpose = fetched ? "SOURCE" : "";
    if (fetched) {
      relate(project, "DEPENDS_ON", package.id);
    } else {
      relate(package.id, "BUILD_DEPENDENCY_OF", project);
    }
    if (ids_.insert(package.id).second) {
      document_.packages.push_back(std::move(package));
    }
  }

  /// The id of the package.
  std::string add_package(const DebianPackage& package, const Distribution& distribution) {
    SpdxPackage made;
    made.id = spdx_id("Package-deb", package.name + " " + package.architecture + " " +
                                         package.version + " " + distribution.id);
    made.name = package.name;
    made.version = package.version;
    made.supplier = spdx_supplier(package.maintainer);
    made.source_info =
        fmt::format("built from source package {} {}", package.source, package.source_version);
    made.url = package_url(package, distribution);
    auto id = made.id;
    if (ids_.insert(id).second) {
      packages_.push_back(std::move(made));
    }
    return id;
  }

  void add_files(const DpkgDatabase& installed) {
    const auto distribution = find_distribution(inventory_.documents);
    for (const auto& file : inventory_.files) {
      document_.files.push_back({spdx_id("File", file.path),
                                 "./" + base::printable(file.path),
                                 {{"SHA1", file.sha1}, {"SHA256", file.sha256.hex()}}});
      if (const auto* const package = installed.owner(file.path)) {
        come_from(document_.files.back().id, add_package(*package, distribution));
      }
    }
  }

  void come_from(std::string file, std::string package) {
    origins_.push_back({std::move(file), "EXPANDED_FROM_ARCHIVE", std::move(package)});
  }

  /// What the image's own packages do not have was copied from this machine.
  Result<void> add_host_packages(const DpkgDatabase& installed) {
    const auto layers = library_layers(image_);
    if (layers.empty() || options_.host.empty()) {
      return {};
    }
    GANTRY_TRY(const auto host, DpkgDatabase::read(options_.host));
    const auto distribution = read_distribution(options_.host);
    for (std::size_t i = 0; i < inventory_.files.size(); ++i) {
      const auto& file = inventory_.files[i];
      const auto* const package = host.owner(file.path);
      if (package != nullptr && layers.contains(file.layer) &&
          installed.owner(file.path) == nullptr && host_has(file)) {
        come_from(document_.files[i].id, add_package(*package, distribution));
      }
    }
    return {};
  }

  bool host_has(const InventoryFile& file) const {
    const auto path = options_.host / file.path;
    std::error_code failure;
    const auto size = fs::file_size(path, failure);
    if (failure) {
      return false;
    }
    const auto digest = content::sha256_of_file(path, size);
    return digest && *digest == file.sha256;
  }

  const oci::Image& image_;
  const SbomOptions& options_;
  Inventory inventory_;
  SpdxDocument document_;
  std::vector<SpdxPackage> packages_;  // Debian's
  std::set<std::string> ids_;          // of packages_
  std::vector<SpdxRelationship> origins_;
};

}  // namespace

Result<std::string> make_sbom(const oci::Image& image, const SbomOptions& options) {
  GANTRY_TRY(auto inventory, take_inventory(image));
  return SbomMaker(image, options, std::move(inventory)).make();
}

std::string spdx_download_location(const std::string& url, const std::string& revision) {
  constexpr std::array<std::string_view, 4> kSchemes = {"https://", "http://", "ssh://", "git://"};
  if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\x7f'; })) {
    return "";
  }
  std::string location;
  if (std::any_of(kSchemes.begin(), kSchemes.end(),
                  [&](std::string_view scheme) { return url.starts_with(scheme); })) {
    location = url.starts_with("git://") ? url : "git+" + url;
  } else if (const auto colon = url.find(':');
             colon != std::string::npos && url.find('/') > colon && colon > 0) {
    // "user@host:path", as ssh and git write it.
    location = "git+ssh://" + url.substr(0, colon) + "/" + url.substr(colon + 1);
  } else {
    return "";
  }
  const bool plain = base::printable(revision) == revision;
  return revision.empty() || !plain ? location : location + "@" + revision;
}

std::string spdx_supplier(const std::string& maintainer) {
  const auto printable = base::printable(maintainer);
  const auto open = printable.find('<');
  const std::string name(base::trim(std::string_view(printable).substr(0, open)));
  if (name.empty()) {
    return "";
  }
  constexpr std::array<std::string_view, 6> kGroups = {"Team",  "Maintainers", "Developers",
                                                       "Group", "Packagers",   "Project"};
  const bool group = std::any_of(kGroups.begin(), kGroups.end(), [&](std::string_view word) {
    return name.find(word) != std::string::npos;
  });
  auto supplier = (group ? "Organization: " : "Person: ") + name;
  if (open != std::string::npos) {
    const auto close = printable.find('>', open);
    supplier += fmt::format(
        " ({})", base::trim(std::string_view(printable).substr(open + 1, close - open - 1)));
  }
  return supplier;
}

}  // namespace gantry::supply
