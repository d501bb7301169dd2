#include "cli/docker_archive_copy.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/place.hpp"
#include "oci/docker_archive_writer.hpp"
#include "oci/layout.hpp"
#include "oci/temporary_file.hpp"
#include "registry/reference.hpp"

namespace gantry::cli {

namespace fs = std::filesystem;

namespace {

bool is_name_with_tag(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || !oci::is_tag(text.substr(colon + 1))) {
    return false;
  }
  const auto name = text.substr(0, colon);
  return registry::is_repository(name) ||
         (registry::has_host(name) && registry::parse_reference(name));
}

/// What a reference of a registry names, if it is one and has a tag.
std::vector<std::string> names_of(const std::string& source) {
  if (source.starts_with("oci:") || source.ends_with(".image") || !registry::has_host(source)) {
    return {};
  }
  auto reference = registry::parse_reference(source);
  if (!reference || (reference->digest && reference->tag.empty())) {
    return {};
  }
  reference->tag = reference->tag.empty() ? "latest" : reference->tag;
  reference->digest.reset();
  return {registry::to_text(*reference)};
}

}  // namespace

base::Result<ArchivedImage> copy_to_docker_archive(const std::string& source,
                                                   const std::string& destination,
                                                   const std::string& platform,
                                                   const RegistryOptions& options) {
  const auto place = destination.substr(kDockerArchive.size());
  const auto colon = place.find(':');
  const auto file = place.substr(0, colon);
  auto names = names_of(source);
  if (colon != std::string::npos) {
    names = {place.substr(colon + 1)};
    if (!is_name_with_tag(names.front())) {
      return base::Error{
          fmt::format("'{}' is no name with a tag", base::printable(names.front())), "",
          "write docker-archive:FILE or docker-archive:FILE:NAME:TAG, with a name in lower case"};
    }
  }
  if (file.empty() || source.starts_with(kDockerArchive)) {
    return base::Error{file.empty() ? "the archive has no name" : "it is an archive already",
                       file.empty() ? destination : source, ""};
  }
  GANTRY_TRY(const auto named,
             open_named_image(source, platform, Need::kLayers, registry::Access::kPull, options));
  const auto parent = fs::path(file).parent_path();
  GANTRY_TRY(auto archive, oci::TemporaryFile::create(parent.empty() ? "." : parent));
  GANTRY_CHECK(oci::write_docker_archive(
      named.image, names, 0, [&](std::span<const std::byte> bytes) -> base::Result<void> {
        return base::write_all(archive.fd(), bytes, file);
      }));
  GANTRY_CHECK(archive.replace(file));
  return ArchivedImage{file, named.image.descriptor.digest, names};
}

}  // namespace gantry::cli
