#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"

namespace gantry::oci {

/// What is said about an image by a manifest of its own, whose subject the image is (image-spec
/// 1.1, manifest.md, "Guidelines for Artifact Usage"): one blob and what it is.
struct Attachment {
  std::string artifact_type;
  std::string media_type = {};  ///< of the blob; empty: the artifact type
  /// Of the configuration, which is the document "{}"; registries older than artifact types take
  /// it for one.
  std::string config_type{media_type::kEmpty};
  Annotations annotations = {};       ///< of the manifest
  Annotations blob_annotations = {};  ///< of the blob's descriptor
};

/// Stores a blob, an empty configuration and the manifest that attaches them to subject, and
/// returns the manifest's descriptor. A type that is no media type is an error.
base::Result<Descriptor> write_referrer(const BlobStore& store, const Descriptor& subject,
                                        const Attachment& attachment, std::string_view content);

/// The same with a file's content, of any size.
base::Result<Descriptor> write_referrer_of_file(const BlobStore& store, const Descriptor& subject,
                                                const Attachment& attachment,
                                                const std::filesystem::path& file);

/// The descriptor of a manifest as lists of referrers have it (distribution-spec, "Listing
/// Referrers"): with its artifact type, or else its configuration's type, and its annotations.
Descriptor describe_referrer(Descriptor descriptor, const Manifest& manifest);

/// The tag under which registries without a referrers API list what is attached to a digest:
/// "sha256-<hex>" (distribution-spec, "Referrers Tag Schema").
std::string referrers_tag(const Digest& subject);

/// The tag under which cosign keeps a digest's signatures: "sha256-<hex>.sig".
std::string signatures_tag(const Digest& subject);

/// The digest that a tag of this kind, or of cosign's ("sha256-<hex>.sig"), is about.
std::optional<Digest> subject_of_tag(std::string_view tag);

}  // namespace gantry::oci
