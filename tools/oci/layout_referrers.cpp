#include <algorithm>
#include <iterator>
#include <tuple>

#include "oci/layout.hpp"
#include "oci/referrer.hpp"

namespace gantry::oci {

using base::Result;

namespace {

/// The manifest that descriptor names; nothing if it names something else.
Result<std::optional<Manifest>> read_manifest(const BlobDirectory& blobs,
                                              const Descriptor& descriptor) {
  if (!media_type::is_manifest(descriptor.media_type)) {
    return std::optional<Manifest>();
  }
  GANTRY_TRY(const auto json, blobs.read_document(descriptor));
  GANTRY_TRY(auto manifest, parse_manifest(json, blobs.path_of(descriptor.digest).native()));
  return std::optional(std::move(manifest));
}

/// Of a manifest alone, without what an index adds to it.
Descriptor plain(const Descriptor& descriptor) {
  Descriptor result;
  result.media_type = descriptor.media_type;
  result.digest = descriptor.digest;
  result.size = descriptor.size;
  return result;
}

}  // namespace

Result<bool> Layout::attach(const BlobDirectory& from, const Descriptor& manifest) const {
  GANTRY_TRY(const auto parsed, read_manifest(from, manifest));
  if (!parsed || !parsed->subject) {
    return base::Error{"the manifest is not about another one: it has no subject",
                       from.path_of(manifest.digest).native(), ""};
  }
  GANTRY_CHECK(take_blobs(from, manifest));
  return update_index(describe_referrer(plain(manifest), *parsed), {});
}

Result<std::vector<Descriptor>> Layout::referrers(const Digest& subject) const {
  GANTRY_TRY(const auto index, read_index());
  auto candidates = index.manifests;
  for (const auto& entry : index.manifests) {
    const auto tag = entry.annotations.find(std::string(kRefName));
    // Copied from a registry that has no list of its own.
    if (media_type::is_index(entry.media_type) && tag != entry.annotations.end() &&
        tag->second == referrers_tag(subject)) {
      GANTRY_TRY(const auto json, blobs_.read_document(entry));
      GANTRY_TRY(const auto list, parse_index(json, blobs_.path_of(entry.digest).native()));
      candidates.insert(candidates.end(), list.manifests.begin(), list.manifests.end());
    }
  }
  std::vector<Descriptor> found;
  for (const auto& candidate : candidates) {
    GANTRY_TRY(const auto manifest, read_manifest(blobs_, candidate));
    if (manifest && manifest->subject && manifest->subject->digest == subject) {
      found.push_back(describe_referrer(plain(candidate), *manifest));
    }
  }
  const auto key = [](const Descriptor& descriptor) {
    return std::tie(descriptor.artifact_type, descriptor.digest);
  };
  std::sort(found.begin(), found.end(),
            [&](const Descriptor& a, const Descriptor& b) { return key(a) < key(b); });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace gantry::oci
