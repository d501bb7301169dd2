#include "registry/base_image.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "oci/json_document.hpp"
#include "oci/manifest.hpp"
#include "oci/platform_choice.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr int kMaximumDepth = 4;

class Documents {
 public:
  Documents(const Repository& repository, const BlobOrigin& origin, const CachedStore& cached)
      : repository_(repository), origin_(origin), cached_(cached) {}

  Result<void> fetch(const oci::Descriptor& descriptor, std::span<const oci::Platform> platforms,
                     int depth = 0) {
    GANTRY_TRY(const auto content, manifest(descriptor));
    const auto where = descriptor.digest.text();
    if (!oci::media_type::is_index(descriptor.media_type)) {
      GANTRY_TRY(const auto image, oci::parse_manifest(content, where));
      GANTRY_CHECK(config(image.config));
      return BlobOrigins(cached_.store().blobs().root()).record(image.layers, origin_);
    }
    if (depth == kMaximumDepth) {
      return Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth), where,
                   ""};
    }
    GANTRY_TRY(const auto index, oci::parse_index(content, where));
    for (const auto& platform : platforms) {
      GANTRY_TRY(const auto chosen, oci::choose_entry(index, platform, origin_.image));
      GANTRY_CHECK(fetch(chosen, std::span(&platform, 1), depth + 1));
    }
    return {};
  }

 private:
  Result<std::string> manifest(const oci::Descriptor& descriptor) const {
    GANTRY_TRY(const bool is_here, cached_.take(descriptor));
    if (!is_here) {
      auto fetched = repository_.get_manifest(descriptor.digest.text());
      if (!fetched) {
        return not_fetched(descriptor, std::move(fetched).error());
      }
      if (!*fetched) {
        return not_fetched(descriptor,
                           Error{"the registry does not have it any more", repository_.name(),
                                 "the target update_bases moves to what the tag names now"});
      }
      GANTRY_CHECK(keep((*fetched)->content, descriptor));
    }
    return cached_.store().blobs().read_document(descriptor);
  }

  Result<void> config(const oci::Descriptor& blob) const {
    GANTRY_TRY(const bool is_here, cached_.take(blob));
    if (is_here) {
      return {};
    }
    const auto fetched = repository_.get_document(blob);
    return fetched ? keep(*fetched, blob) : not_fetched(blob, fetched.error());
  }

  Result<void> keep(const std::string& content, const oci::Descriptor& descriptor) const {
    GANTRY_TRY(const auto put, cached_.store().put(content, descriptor.media_type));
    return put.size == descriptor.size
               ? cached_.keep(descriptor)
               : Error{fmt::format("the document {} has {} bytes, but its descriptor says {}",
                                   descriptor.digest.text(), put.size, descriptor.size),
                       origin_.image, ""};
  }

  Error not_fetched(const oci::Descriptor& document, Error reason) const {
    reason.what = fmt::format(
        "the document {} of the base '{}' is neither in the store nor in the cache, and cannot be "
        "fetched: {}",
        document.digest.text(), origin_.image, reason.what);
    return reason;
  }

  const Repository& repository_;
  const BlobOrigin& origin_;
  const CachedStore& cached_;
};

}  // namespace

Result<ManifestDocument> look_up(const Repository& repository, const std::string& reference) {
  GANTRY_TRY(auto found, repository.get_manifest(reference));
  if (!found) {
    return Error{fmt::format("the registry has no image '{}'", reference), repository.name(),
                 "names and tags must be exact; what must not be seen may look as if it were "
                 "not there: gantry registry login HOST"};
  }
  return *std::move(found);
}

Result<void> fetch_base(const Repository& repository, const oci::Descriptor& root,
                        std::span<const oci::Platform> platforms, const BlobOrigin& origin,
                        const CachedStore& cached) {
  const std::vector host = {oci::Platform::host()};
  return Documents(repository, origin, cached)
      .fetch(root, platforms.empty() ? std::span(host) : platforms);
}

Result<void> keep_document(const ManifestDocument& document, const CachedStore& cached) {
  GANTRY_TRY(const auto put, cached.store().put(document.content, document.descriptor.media_type));
  static_cast<void>(put);
  return cached.keep(document.descriptor);
}

}  // namespace gantry::registry
