#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "content/digest.hpp"
#include "oci/platform.hpp"
#include "supply/dpkg_database.hpp"

namespace gantry::supply {

/// What os-release(5) says about a distribution.
struct Distribution {
  std::string id = "debian";
  std::string version_id = {};  ///< empty: not said
  bool operator==(const Distribution&) const = default;
};

/// True for the files that find_distribution reads: etc/os-release and usr/lib/os-release.
bool is_os_release(std::string_view path);

/// From the contents of these files, by path; Debian without a version where they do not say.
Distribution find_distribution(const std::map<std::string, std::string>& documents);

/// The same of a whole file system on this machine.
Distribution read_distribution(const std::filesystem::path& root);

/// "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12" (package-url specification).
std::string package_url(const DebianPackage& package, const Distribution& distribution);

/// "pkg:oci/app@sha256%3A…?arch=amd64".
std::string package_url(std::string_view image, const content::Digest& digest,
                        const oci::Platform& platform);

/// Everything but letters, digits and "-._~" as %NN.
std::string percent_encoded(std::string_view text);

}  // namespace gantry::supply
