#include "supply/package_url.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::supply {

namespace {

constexpr std::array<const char*, 2> kOsReleases = {"etc/os-release", "usr/lib/os-release"};

/// A value without its quotes; empty if it is none that an identifier may be.
std::string identifier(std::string_view value) {
  value = base::trim(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  const bool good = std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
  return good ? std::string(value) : "";
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

bool is_os_release(std::string_view path) {
  return std::find(kOsReleases.begin(), kOsReleases.end(), path) != kOsReleases.end();
}

Distribution find_distribution(const std::map<std::string, std::string>& documents) {
  Distribution distribution;
  for (const auto* const path : kOsReleases) {
    const auto document = documents.find(path);
    if (document == documents.end()) {
      continue;
    }
    for (const auto line : base::split(document->second, '\n')) {
      const auto equals = line.find('=');
      if (equals == std::string_view::npos) {
        continue;
      }
      const auto value = identifier(line.substr(equals + 1));
      if (line.substr(0, equals) == "ID" && !value.empty()) {
        distribution.id = value;
      } else if (line.substr(0, equals) == "VERSION_ID") {
        distribution.version_id = value;
      }
    }
    break;
  }
  return distribution;
}

Distribution read_distribution(const std::filesystem::path& root) {
  std::map<std::string, std::string> documents;
  for (const auto* const path : kOsReleases) {
    if (auto text = base::read_file(root / path)) {
      documents[path] = *std::move(text);
    }
  }
  return find_distribution(documents);
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c)
                     : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return encoded;
}

std::string package_url(const DebianPackage& package, const Distribution& distribution) {
  auto url = fmt::format("pkg:deb/{}/{}@{}?arch={}", distribution.id, percent_encoded(package.name),
                         percent_encoded(package.version), package.architecture);
  if (!distribution.version_id.empty()) {
    url += fmt::format("&distro={}-{}", distribution.id, distribution.version_id);
  }
  return url;
}

std::string package_url(std::string_view image, const content::Digest& digest,
                        const oci::Platform& platform) {
  const auto last = image.substr(image.rfind('/') + 1);
  return fmt::format("pkg:oci/{}@{}?arch={}", percent_encoded(lower(std::string(last))),
                     percent_encoded(digest.text()), percent_encoded(platform.architecture));
}

}  // namespace gantry::supply
