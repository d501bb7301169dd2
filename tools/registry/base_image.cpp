#include "registry/base_image.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "base/progress.hpp"
#include "oci/layout.hpp"
#include "oci/manifest.hpp"
#include "registry/download.hpp"

namespace gantry::registry {

using base::Result;

namespace {

constexpr unsigned kParallel = 4;  // blobs at a time
constexpr int kMaximumDepth = 4;

/// The cache keeps layers by what they were made of; these are just bytes.
content::Digest cache_key(const oci::Descriptor& blob) {
  return content::sha256("a blob of a registry: " + blob.digest.text());
}

class Fetch {
 public:
  Fetch(const Repository& repository, const oci::BlobStore& store, const oci::UserCache* cache)
      : repository_(repository), store_(store), cache_(cache) {}

  /// The documents of an image or an index, down to the images that are wanted.
  Result<void> documents(const oci::Descriptor& descriptor,
                         std::span<const oci::Platform> platforms, int depth) {
    GANTRY_TRY(const auto content, document(descriptor));
    const auto where = descriptor.digest.text();
    if (!oci::media_type::is_index(descriptor.media_type)) {
      GANTRY_TRY(const auto manifest, oci::parse_manifest(content, where));
      add(manifest.config);
      std::for_each(manifest.layers.begin(), manifest.layers.end(),
                    [this](const oci::Descriptor& layer) { add(layer); });
      return {};
    }
    if (depth == kMaximumDepth) {
      return base::Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth),
                         where, ""};
    }
    GANTRY_TRY(const auto index, oci::parse_index(content, where));
    for (const auto& platform : platforms) {
      GANTRY_TRY(const auto chosen, choose(index, platform));
      GANTRY_CHECK(documents(chosen, std::span(&platform, 1), depth + 1));
    }
    return {};
  }

  Result<void> blobs() {
    std::uint64_t bytes = 0;
    for (const auto& blob : blobs_) {
      bytes += store_.blobs().contains(blob) ? 0 : blob.size;
    }
    std::stable_sort(blobs_.begin(), blobs_.end(),
                     [](const auto& a, const auto& b) { return a.size > b.size; });
    const auto progress = base::make_progress("pull " + repository_.name(), bytes);
    return base::parallel_for(blobs_.size(), kParallel, [&](std::size_t i) -> Result<void> {
      GANTRY_TRY(const bool is_here, take_from_cache(blobs_[i]));
      if (is_here) {
        return {};
      }
      GANTRY_CHECK(download_blob(repository_, blobs_[i], target(), *progress));
      return keep_in_cache(blobs_[i]);
    });
  }

 private:
  BlobTarget target() const { return {store_.blobs(), store_.blobs().root() / "tmp"}; }

  void add(const oci::Descriptor& blob) {
    if (seen_.insert(blob.digest).second) {
      blobs_.push_back(blob);
    }
  }

  Result<oci::Descriptor> choose(const oci::Index& index, const oci::Platform& wanted) const {
    std::vector<std::string> others;
    for (const auto& entry : index.manifests) {
      if (!entry.platform || entry.platform->serves(wanted)) {
        return entry;
      }
      others.push_back(entry.platform->text());
    }
    return base::Error{fmt::format("no image for {}", wanted.text()), repository_.name(),
                       fmt::format("there is: {}", fmt::join(others, ", "))};
  }

  Result<bool> take_from_cache(const oci::Descriptor& blob) const {
    if (store_.blobs().contains(blob)) {
      return true;
    }
    if (cache_ == nullptr) {
      return false;
    }
    GANTRY_TRY(const auto cached, cache_->fetch(cache_key(blob), store_));
    return cached.has_value();
  }

  Result<void> keep_in_cache(const oci::Descriptor& blob) const {
    return cache_ == nullptr ? Result<void>()
                             : cache_->put(cache_key(blob), {blob, blob.digest}, store_);
  }

  Result<std::string> document(const oci::Descriptor& descriptor) const {
    GANTRY_TRY(const bool is_here, take_from_cache(descriptor));
    if (!is_here) {
      GANTRY_TRY(const auto fetched, repository_.get_manifest(descriptor.digest.text()));
      if (!fetched) {
        return base::Error{"the registry does not have it any more",
                           fmt::format("{}@{}", repository_.name(), descriptor.digest.text()),
                           "the target update_bases moves to what the tag names now"};
      }
      GANTRY_TRY(const auto put, store_.put(fetched->content, descriptor.media_type));
      static_cast<void>(put);
      GANTRY_CHECK(keep_in_cache(descriptor));
    }
    return store_.blobs().read_document(descriptor);
  }

  const Repository& repository_;
  const oci::BlobStore& store_;
  const oci::UserCache* cache_;
  std::set<content::Digest> seen_;
  std::vector<oci::Descriptor> blobs_;
};

}  // namespace

Result<oci::Descriptor> look_up(const Repository& repository, const std::string& reference) {
  GANTRY_TRY(auto found, repository.get_manifest(reference));
  if (!found) {
    return base::Error{fmt::format("the registry has no image '{}'", reference), repository.name(),
                       "names and tags must be exact; what must not be seen may look as if it were "
                       "not there: gantry registry login HOST"};
  }
  return std::move(found->descriptor);
}

Result<void> fetch_image(const Repository& repository, const oci::Descriptor& root,
                         std::span<const oci::Platform> platforms, const oci::BlobStore& store,
                         const oci::UserCache* cache) {
  const std::vector host = {oci::Platform::host()};
  Fetch fetch(repository, store, cache);
  GANTRY_CHECK(fetch.documents(root, platforms.empty() ? std::span(host) : platforms, 0));
  return fetch.blobs();
}

}  // namespace gantry::registry
