#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"

namespace gantry::oci {

/// Where an entry of index.json has its tag.
inline constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";

/// [A-Za-z0-9_][A-Za-z0-9._-]{0,127}: what registries take for a tag (distribution-spec).
bool is_tag(std::string_view text);

/// Which image of a layout is meant.
struct Selection {
  std::string tag = {};                   ///< empty: any
  std::optional<Digest> digest = {};      ///< of the manifest, or of an index that has it
  std::optional<Platform> platform = {};  ///< absent: the host's, where there is a choice
};

/// An OCI image layout: a directory with the files oci-layout and index.json and with blobs
/// (image-spec, image-layout.md).
class Layout {
 public:
  static base::Result<Layout> open(std::filesystem::path root);

  /// Opens a layout, or makes one where there is nothing, or an empty directory.
  static base::Result<Layout> open_or_create(std::filesystem::path root);

  const BlobDirectory& blobs() const { return blobs_; }

  /// index.json as it is now.
  base::Result<Index> read_index() const;

  /// The descriptor of the one manifest that is selected; an Error lists what there is instead.
  /// Indexes are followed, to a bounded depth; the order of entries never decides, and what is
  /// attached to an image counts only if its own tag or digest is selected.
  base::Result<Descriptor> resolve(const Selection& selection) const;

  /// The entry of index.json that is selected, or the manifest or index with the selected digest in
  /// an index below: what a tag names, whatever platforms it has. The platform does not count.
  base::Result<Descriptor> find(const Selection& selection) const;

  /// Takes over an image, or an index and all its images, from where the blobs are and gives it
  /// these tags, which others lose; without tags it is listed by its digest. All tags move at once,
  /// other entries stay as they are. False if all was so already.
  base::Result<bool> publish(const BlobDirectory& from, const Descriptor& root,
                             std::span<const std::string> tags) const;

  /// Takes over a manifest with a subject, which this layout need not hold, and lists it by its
  /// digest, with its artifact type and annotations. False if it is listed already.
  base::Result<bool> attach(const BlobDirectory& from, const Descriptor& manifest) const;

  /// What is attached to the manifest or index with this digest, as describe_referrer has it;
  /// sorted by artifact type and digest.
  base::Result<std::vector<Descriptor>> referrers(const Digest& subject) const;

 private:
  explicit Layout(std::filesystem::path root) : blobs_(std::move(root)) {}
  base::Result<std::vector<Descriptor>> roots(const Selection& selection) const;
  base::Result<void> take_blobs(const BlobDirectory& from, const Descriptor& root) const;
  base::Result<bool> update_index(const Descriptor& manifest,
                                  std::span<const std::string> tags) const;

  BlobDirectory blobs_;
};

/// The platform that the descriptor states, else its config. Nothing for what is no image.
base::Result<std::optional<Platform>> platform_of(const BlobDirectory& blobs,
                                                  const Descriptor& descriptor);

/// All manifests below a descriptor, each once: itself, if it is no index.
base::Result<std::vector<Descriptor>> manifests_below(const BlobDirectory& blobs,
                                                      const Descriptor& root);

/// The manifest below a descriptor that is for the platform (absent: the host's, where there is a
/// choice).
base::Result<Descriptor> choose_platform(const BlobDirectory& blobs, const Descriptor& root,
                                         const std::optional<Platform>& platform);

}  // namespace gantry::oci
