#include "registry/image_documents.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "oci/manifest.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr int kMaximumDepth = 4;

class Reader {
 public:
  explicit Reader(const oci::BlobDirectory& from) : from_(from) {}

  Result<void> add(const oci::Descriptor& root, int depth = 0) {
    if (!seen_.insert(root.digest).second) {
      return {};
    }
    const auto where = from_.path_of(root.digest).native();
    if (depth > kMaximumDepth) {
      return Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth), where,
                   ""};
    }
    GANTRY_TRY(auto json, from_.read_document(root));
    if (oci::media_type::is_index(root.media_type)) {
      GANTRY_TRY(const auto index, oci::parse_index(json, where));
      for (const auto& child : index.manifests) {
        GANTRY_CHECK(add(child, depth + 1));
      }
    } else {
      GANTRY_TRY(const auto manifest, oci::parse_manifest(json, where));
      add_blob(manifest.config);
      for (const auto& layer : manifest.layers) {
        add_blob(layer);
      }
    }
    documents_.manifests.push_back({root, std::move(json)});
    return {};
  }

  ImageDocuments take() {
    std::stable_sort(documents_.blobs.begin(), documents_.blobs.end(),
                     [](const auto& a, const auto& b) { return a.size > b.size; });
    return std::move(documents_);
  }

 private:
  void add_blob(const oci::Descriptor& blob) {
    if (seen_.insert(blob.digest).second) {
      documents_.blobs.push_back(blob);
    }
  }

  const oci::BlobDirectory& from_;
  std::set<content::Digest> seen_;
  ImageDocuments documents_;
};

}  // namespace

Result<ImageDocuments> read_documents(const oci::BlobDirectory& from, const oci::Descriptor& root) {
  Reader reader(from);
  GANTRY_CHECK(reader.add(root));
  return reader.take();
}

}  // namespace gantry::registry
