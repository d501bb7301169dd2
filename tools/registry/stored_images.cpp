#include "registry/stored_images.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "oci/config.hpp"
#include "oci/manifest.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

constexpr unsigned kParallel = 4;  // requests at a time
constexpr int kMaximumDepth = 4;
constexpr const char* kCreated = "org.opencontainers.image.created";

std::optional<std::int64_t> annotated_time(const oci::Annotations& annotations) {
  const auto found = annotations.find(kCreated);
  return found == annotations.end() ? std::nullopt : base::parse_time(found->second);
}

/// Children that are no images: how BuildKit lists its attestations.
bool is_for_a_platform(const oci::Descriptor& child) {
  return !child.platform || child.platform->os != "unknown";
}

}  // namespace

Result<std::vector<TaggedImage>> StoredImages::read(
    std::span<const std::string> tags,
    const std::function<bool(const std::string& tag)>& wants_time) {
  std::vector<std::optional<TaggedImage>> found(tags.size());
  GANTRY_CHECK(base::parallel_for(tags.size(), kParallel, [&](std::size_t i) -> Result<void> {
    GANTRY_TRY(const auto digest, get(tags[i]));
    if (digest) {
      found[i] = TaggedImage{tags[i], *digest, std::nullopt};
      if (wants_time(tags[i])) {
        GANTRY_TRY(found[i]->created, created(*digest, 0));
      }
    }
    return {};
  }));
  std::vector<TaggedImage> images;
  for (auto& image : found) {
    if (image) {
      images.push_back(*std::move(image));
    }
  }
  return images;
}

/// Asks for a document and keeps what counts. An index that cannot be read is an Error: nobody
/// knows what it needs.
Result<std::optional<Digest>> StoredImages::get(const std::string& reference) {
  GANTRY_TRY(const auto document, repository_.get_manifest(reference));
  if (!document) {
    return std::optional<Digest>();
  }
  const auto& descriptor = document->descriptor;
  const auto where = fmt::format("{}@{}", repository_.name(), descriptor.digest.text());
  Stored stored;
  if (oci::media_type::is_index(descriptor.media_type)) {
    GANTRY_TRY(auto index, oci::parse_index(document->content, where));
    stored.is_index = true;
    stored.children = std::move(index.manifests);
    stored.annotated = annotated_time(index.annotations);
  } else if (oci::media_type::is_manifest(descriptor.media_type)) {
    if (const auto manifest = oci::parse_manifest(document->content, where)) {
      stored.config = manifest->config;
      stored.annotated = annotated_time(manifest->annotations);
    }
  }
  const std::lock_guard lock(mutex_);
  images_.try_emplace(descriptor.digest, std::move(stored));
  return std::optional(descriptor.digest);
}

/// Nothing: the registry has none.
Result<std::optional<StoredImages::Stored>> StoredImages::find(const Digest& digest) {
  const auto known = [&]() -> std::optional<Stored> {
    const std::lock_guard lock(mutex_);
    const auto found = images_.find(digest);
    return found == images_.end() ? std::nullopt : std::optional(found->second);
  };
  auto stored = known();
  if (!stored) {
    GANTRY_TRY(const auto got, get(digest.text()));
    stored = got ? known() : std::nullopt;
  }
  return stored;
}

/// Of an index, when its newest image was made.
Result<std::optional<std::int64_t>> StoredImages::created(const Digest& digest, int depth) {
  GANTRY_TRY(const auto stored, find(digest));
  if (!stored || depth > kMaximumDepth) {
    return std::optional<std::int64_t>();
  }
  if (stored->annotated) {
    return stored->annotated;
  }
  if (stored->config) {
    return created_of_config(*stored->config);
  }
  std::optional<std::int64_t> newest;
  for (const auto& child : stored->children) {
    if (is_for_a_platform(child)) {
      GANTRY_TRY(const auto time, created(child.digest, depth + 1));
      newest = std::max(newest, time);
    }
  }
  return newest;
}

Result<std::optional<std::int64_t>> StoredImages::created_of_config(const oci::Descriptor& config) {
  if (config.media_type != oci::media_type::kConfig) {
    return std::optional<std::int64_t>();
  }
  GANTRY_TRY(const auto json, repository_.get_document(config));
  const auto parsed = oci::parse_config(json, config.digest.text());
  return parsed ? parsed->created : std::nullopt;
}

Result<void> StoredImages::add_below(const Digest& digest, std::set<Digest>& into) {
  return add_below(digest, into, 0);
}

Result<void> StoredImages::add_below(const Digest& digest, std::set<Digest>& into, int depth) {
  if (!into.insert(digest).second) {
    return {};
  }
  if (depth > kMaximumDepth) {
    return Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth),
                 fmt::format("{}@{}", repository_.name(), digest.text()), ""};
  }
  GANTRY_TRY(const auto stored, find(digest));
  if (!stored) {
    return {};
  }
  for (const auto& child : stored->children) {
    if (oci::media_type::is_index(child.media_type)) {
      GANTRY_CHECK(add_below(child.digest, into, depth + 1));
    } else {
      into.insert(child.digest);
    }
  }
  return {};
}

bool StoredImages::is_index(const Digest& digest) const {
  const std::lock_guard lock(mutex_);
  const auto found = images_.find(digest);
  return found != images_.end() && found->second.is_index;
}

}  // namespace gantry::registry
