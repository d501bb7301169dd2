#include "registry/pull.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "base/progress.hpp"
#include "oci/blob_writer.hpp"
#include "oci/platform_choice.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr unsigned kParallel = 4;  // blobs at a time
constexpr int kMaximumDepth = 4;

}  // namespace

std::string where_of(const Repository& repository, const std::string& reference) {
  const bool by_digest = reference.find(':') != std::string::npos;
  return fmt::format("{}/{}{}{}", to_text(repository.session().registry()), repository.name(),
                     by_digest ? "@" : ":", reference);
}

Result<ManifestDocument> find_document(const Repository& repository, const std::string& reference) {
  GANTRY_TRY(auto document, repository.get_manifest(reference));
  if (!document) {
    return Error{"the registry has no such image", where_of(repository, reference),
                 "names and tags must be exact; what must not be seen may look as if it were not "
                 "there: gantry registry login HOST"};
  }
  return *std::move(document);
}

Result<PulledManifest> pull_manifest(const Repository& repository, const std::string& reference,
                                     const std::optional<oci::Platform>& platform,
                                     const BlobTarget& target) {
  GANTRY_TRY(auto document, find_document(repository, reference));
  const auto where = where_of(repository, reference);
  for (int depth = 0; oci::media_type::is_index(document.descriptor.media_type); ++depth) {
    if (depth == kMaximumDepth) {
      return Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth), where,
                   ""};
    }
    GANTRY_TRY(const auto index, oci::parse_index(document.content, where));
    GANTRY_TRY(const auto chosen,
               oci::choose_entry(index, platform.value_or(oci::Platform::host()), where));
    GANTRY_TRY(document, find_document(repository, chosen.digest.text()));
  }
  if (!oci::media_type::is_manifest(document.descriptor.media_type)) {
    return Error{fmt::format("not an image, but '{}'", document.descriptor.media_type), where, ""};
  }
  GANTRY_TRY(auto manifest, oci::parse_manifest(document.content, where));
  GANTRY_TRY(auto descriptor, oci::put_blob(target.blobs, target.temporary, document.content,
                                            document.descriptor.media_type));
  return PulledManifest{std::move(descriptor), std::move(manifest)};
}

Result<void> pull_config(const Repository& repository, const oci::Manifest& manifest,
                         const BlobTarget& target) {
  const auto progress = base::make_silent_progress();
  return download_blob(repository, manifest.config, target, *progress);
}

Result<void> pull_blobs(const Repository& repository, const oci::Manifest& manifest,
                        const BlobTarget& target) {
  std::vector<oci::Descriptor> blobs;
  std::uint64_t bytes = 0;
  std::set<content::Digest> seen;
  auto all = manifest.layers;
  all.push_back(manifest.config);
  for (const auto& blob : all) {
    if (seen.insert(blob.digest).second) {  // the same layer twice is legal
      blobs.push_back(blob);
      bytes += blob.size;
    }
  }
  std::stable_sort(blobs.begin(), blobs.end(),
                   [](const auto& a, const auto& b) { return a.size > b.size; });
  const auto progress = base::make_progress("pull " + repository.name(), bytes);
  return base::parallel_for(blobs.size(), kParallel, [&](std::size_t index) {
    return download_blob(repository, blobs[index], target, *progress);
  });
}

}  // namespace gantry::registry
