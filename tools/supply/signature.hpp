#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/blob_store.hpp"
#include "oci/manifest.hpp"
#include "oci/referrer.hpp"
#include "supply/key.hpp"

namespace gantry::supply {

// How cosign keeps signatures ("simple signing"): the payload is a blob, and the annotations of its
// descriptor hold the signature.
inline constexpr const char* kSignatureArtifactType =
    "application/vnd.dev.cosign.artifact.sig.v1+json";
inline constexpr const char* kPayloadMediaType = "application/vnd.dev.cosign.simplesigning.v1+json";
inline constexpr const char* kSignatureAnnotation = "dev.cosignproject.cosign/signature";

/// What a signature says: this manifest is that image.
struct SignatureClaim {
  std::string identity;  ///< the name of the repository
  oci::Digest manifest;
  oci::Annotations annotations = {};  ///< what the signer adds
  bool operator==(const SignatureClaim&) const = default;
};

struct Signature {
  std::string payload;
  std::string text;  ///< Base64 of the DER form
};

/// The bytes that are signed: JSON as cosign has it, canonical.
std::string signature_payload(const SignatureClaim& claim);

/// Hostile: whatever is not a claim about an image is an error. where is for messages.
base::Result<SignatureClaim> parse_signature_payload(std::string_view payload,
                                                     const std::string& where);

Signature sign(const PrivateKey& key, const SignatureClaim& claim);

/// What the key's owner has signed; an error unless it is about this manifest.
base::Result<SignatureClaim> verify_signature(const PublicKey& key, const Signature& signature,
                                              const oci::Digest& manifest,
                                              const std::string& where);

/// The signature as it is attached to an image; its payload is the content.
oci::Attachment signature_attachment(const Signature& signature);

/// The signatures that a manifest of kSignatureArtifactType, or one that cosign keeps under
/// oci::signatures_tag, holds. All is verified but the
/// signatures themselves.
base::Result<std::vector<Signature>> read_signatures(const oci::BlobDirectory& blobs,
                                                     const oci::Descriptor& descriptor);

/// The manifest that cosign keeps under oci::signatures_tag, one layer for each signature, with one
/// more: its payload, the last layer, and its configuration are stored. Nothing if it has this one.
/// before is the manifest as it was, JSON; hostile.
base::Result<std::optional<oci::Manifest>> add_signature(const oci::BlobStore& store,
                                                         const std::optional<std::string>& before,
                                                         const Signature& signature,
                                                         const std::string& where);

}  // namespace gantry::supply
