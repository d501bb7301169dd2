#include "registry/copy.hpp"

#include <set>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "base/progress.hpp"
#include "oci/blob_writer.hpp"
#include "oci/manifest.hpp"
#include "registry/image_documents.hpp"
#include "registry/pull.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr unsigned kParallel = 4;  // blobs at a time
constexpr int kMaximumDepth = 4;

class DocumentPull {
 public:
  DocumentPull(const Repository& repository, const BlobTarget& target)
      : repository_(repository), target_(target) {}

  Result<oci::Descriptor> add(const std::string& reference) {
    GANTRY_TRY(const auto document, find_document(repository_, reference));
    GANTRY_CHECK(keep(document));
    GANTRY_CHECK(add_below(document.descriptor, document.content, 0));
    return document.descriptor;
  }

 private:
  Result<void> keep(const ManifestDocument& document) {
    const auto stored = oci::put_blob(target_.blobs, target_.temporary, document.content,
                                      document.descriptor.media_type);
    return stored ? Result<void>() : stored.error();
  }

  Result<void> add_below(const oci::Descriptor& descriptor, const std::string& content, int depth) {
    const auto name = where_of(repository_, descriptor.digest.text());
    if (!seen_.insert(descriptor.digest).second) {
      return {};
    }
    if (oci::media_type::is_manifest(descriptor.media_type)) {
      return {};
    }
    if (!oci::media_type::is_index(descriptor.media_type)) {
      return Error{fmt::format("not an image, but '{}'", descriptor.media_type), name, ""};
    }
    if (depth == kMaximumDepth) {
      return Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth), name,
                   ""};
    }
    GANTRY_TRY(const auto index, oci::parse_index(content, name));
    for (const auto& child : index.manifests) {
      GANTRY_TRY(const auto below, get_child(child, name));
      GANTRY_CHECK(add_below(child, below, depth + 1));
    }
    return {};
  }

  Result<std::string> get_child(const oci::Descriptor& child, const std::string& parent) {
    if (auto known = target_.blobs.read_document(child)) {
      return known;
    }
    GANTRY_TRY(auto document, repository_.get_manifest(child.digest.text()));
    if (!document) {
      return Error{fmt::format("the registry lacks {}, which the index names", child.digest.text()),
                   parent, "--platform copies one image of it"};
    }
    GANTRY_CHECK(keep(*document));
    return std::move(document->content);
  }

  const Repository& repository_;
  const BlobTarget& target_;
  std::set<content::Digest> seen_;
};

/// Blobs of another registry, each for as long as it is being sent.
class RemoteBlobs : public BlobSupply {
 public:
  RemoteBlobs(const Repository& from, const BlobTarget& target) : from_(from), target_(target) {}

  Result<void> bring(const oci::Descriptor& blob) override {
    const auto progress = base::make_silent_progress();
    return download_blob(from_, blob, target_, *progress);
  }

  void release(const oci::Descriptor& blob) override {
    std::error_code failure;  // the directory is temporary as a whole
    std::filesystem::remove(target_.blobs.path_of(blob.digest), failure);
  }

 private:
  const Repository& from_;
  const BlobTarget& target_;
};

/// Which of the tags are not root's yet, if the repository has root: then nothing else is missing.
Result<std::optional<Pushed>> set_tags(const Repository& to, const oci::BlobDirectory& documents,
                                       const oci::Descriptor& root,
                                       std::span<const std::string> tags) {
  GANTRY_TRY(const auto there, to.head_manifest(root.digest.text()));
  if (!there) {
    return std::optional<Pushed>();
  }
  Pushed pushed;
  GANTRY_TRY(const auto content, documents.read_document(root));
  for (const auto& tag : tags) {
    GANTRY_TRY(const auto head, to.head_manifest(tag));
    if (head && head->digest == root.digest) {
      continue;
    }
    GANTRY_TRY(const auto stored, to.put_manifest(tag, {root, content}));
    if (stored.lacks_blobs) {
      return std::optional<Pushed>();
    }
    pushed.changed = true;
  }
  return std::optional(pushed);
}

}  // namespace

Result<oci::Descriptor> pull_documents(const Repository& repository, const std::string& reference,
                                       const std::optional<oci::Platform>& platform,
                                       const BlobTarget& target) {
  if (platform) {
    GANTRY_TRY(auto pulled, pull_manifest(repository, reference, platform, target));
    return std::move(pulled.descriptor);
  }
  return DocumentPull(repository, target).add(reference);
}

Result<void> pull_all_blobs(const Repository& repository, const oci::Descriptor& root,
                            const BlobTarget& target) {
  GANTRY_TRY(const auto documents, read_documents(target.blobs, root));
  std::uint64_t bytes = 0;
  for (const auto& blob : documents.blobs) {
    bytes += blob.size;
  }
  const auto progress = base::make_progress("pull " + repository.name(), bytes);
  return base::parallel_for(documents.blobs.size(), kParallel, [&](std::size_t index) {
    return download_blob(repository, documents.blobs[index], target, *progress);
  });
}

Result<Pushed> copy_image(const Repository& from, const oci::Descriptor& root,
                          const BlobTarget& documents, const Repository& to,
                          std::span<const std::string> tags, BlobLocations& locations) {
  GANTRY_TRY(const auto tagged, set_tags(to, documents.blobs, root, tags));
  if (tagged) {
    return *tagged;
  }
  if (from.session().registry() == to.session().registry()) {
    GANTRY_TRY(const auto image, read_documents(documents.blobs, root));
    std::vector<content::Digest> blobs;
    for (const auto& blob : image.blobs) {
      blobs.push_back(blob.digest);
    }
    locations.add(from.name(), blobs);  // so that they are mounted
  }
  RemoteBlobs supply(from, documents);
  return push_image(to, documents.blobs, root, tags, locations, {.supply = &supply});
}

}  // namespace gantry::registry
