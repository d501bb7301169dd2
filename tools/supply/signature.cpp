#include "supply/signature.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::supply {

using base::Result;

namespace {

constexpr const char* kClaimType = "cosign container image signature";

}  // namespace

std::string signature_payload(const SignatureClaim& claim) {
  const nlohmann::json value = {
      {"critical",
       {{"identity", {{"docker-reference", claim.identity}}},
        {"image", {{"docker-manifest-digest", claim.manifest.text()}}},
        {"type", kClaimType}}},
      {"optional",
       claim.annotations.empty() ? nlohmann::json() : nlohmann::json(claim.annotations)}};
  return oci::canonical(value);
}

Result<SignatureClaim> parse_signature_payload(std::string_view payload, const std::string& where) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(payload, where));
  GANTRY_TRY(const auto critical, document.root().member("critical"));
  GANTRY_TRY(const auto type, critical.member("type"));
  GANTRY_TRY(const auto type_text, type.text());
  if (type_text != kClaimType) {
    return type.error(fmt::format("'{}' is not an image's signature", base::printable(type_text)));
  }
  SignatureClaim claim;
  GANTRY_TRY(const auto identity, critical.member("identity"));
  GANTRY_TRY(const auto reference, identity.member("docker-reference"));
  GANTRY_TRY(claim.identity, reference.text());
  GANTRY_TRY(const auto image, critical.member("image"));
  GANTRY_TRY(const auto digest, image.member("docker-manifest-digest"));
  GANTRY_TRY(claim.manifest, oci::read_digest(digest));
  GANTRY_TRY(const auto optional, document.root().find("optional"));
  if (optional) {
    GANTRY_TRY(const auto keys, optional->keys());
    for (const auto& key : keys) {
      GANTRY_TRY(const auto value, optional->find(key));
      // Other programs add numbers too, such as a time; only text is shown.
      if (auto text = value ? value->text() : base::Result<std::string>(base::Error{})) {
        claim.annotations.emplace(key, *std::move(text));
      }
    }
  }
  return claim;
}

Signature sign(const PrivateKey& key, const SignatureClaim& claim) {
  auto payload = signature_payload(claim);
  auto text = base::to_base64(key.sign(payload));
  return {std::move(payload), std::move(text)};
}

Result<SignatureClaim> verify_signature(const PublicKey& key, const Signature& signature,
                                        const oci::Digest& manifest, const std::string& where) {
  const auto der = base::from_base64(signature.text);
  // One signature has one text, so that none can be changed without notice.
  if (!der || base::to_base64(*der) != signature.text) {
    return base::Error{"the signature is not Base64", where, ""};
  }
  if (!key.verifies(signature.payload, *der)) {
    return base::Error{"the key has not signed this payload", where, ""};
  }
  GANTRY_TRY(auto claim, parse_signature_payload(signature.payload, where));
  if (claim.manifest != manifest) {
    return base::Error{fmt::format("the signature is for another image, {}", claim.manifest.text()),
                       where, ""};
  }
  return claim;
}

oci::Attachment signature_attachment(const Signature& signature) {
  return {.artifact_type = kSignatureArtifactType,
          .media_type = kPayloadMediaType,
          .config_type = kSignatureArtifactType,
          .blob_annotations = {{kSignatureAnnotation, signature.text}}};
}

Result<std::vector<Signature>> read_signatures(const oci::BlobDirectory& blobs,
                                               const oci::Descriptor& descriptor) {
  const auto where = blobs.path_of(descriptor.digest).native();
  GANTRY_TRY(const auto json, blobs.read_document(descriptor));
  GANTRY_TRY(const auto manifest, oci::parse_manifest(json, where));
  std::vector<Signature> signatures;
  for (const auto& layer : manifest.layers) {
    if (layer.media_type != kPayloadMediaType) {
      continue;
    }
    const auto text = layer.annotations.find(kSignatureAnnotation);
    if (text == layer.annotations.end()) {
      return base::Error{fmt::format("the payload {} has no signature", layer.digest.text()), where,
                         ""};
    }
    GANTRY_TRY(auto payload, blobs.read_document(layer));
    signatures.push_back({std::move(payload), text->second});
  }
  return signatures;
}

Result<std::optional<oci::Manifest>> add_signature(const oci::BlobStore& store,
                                                   const std::optional<std::string>& before,
                                                   const Signature& signature,
                                                   const std::string& where) {
  oci::Manifest manifest;
  if (before) {
    GANTRY_TRY(manifest, oci::parse_manifest(*before, where));
  }
  for (const auto& layer : manifest.layers) {
    const auto text = layer.annotations.find(kSignatureAnnotation);
    if (text != layer.annotations.end() && text->second == signature.text) {
      return std::optional<oci::Manifest>();
    }
  }
  GANTRY_TRY(auto layer, store.put(signature.payload, kPayloadMediaType));
  layer.annotations = {{kSignatureAnnotation, signature.text}};
  manifest.layers.push_back(std::move(layer));
  // An image's configuration, as cosign has it, of a platform without a name.
  nlohmann::json config = {{"architecture", ""},
                           {"config", nlohmann::json::object()},
                           {"created", "0001-01-01T00:00:00Z"},
                           {"os", ""},
                           {"rootfs", {{"diff_ids", nlohmann::json::array()}, {"type", "layers"}}}};
  for (const auto& payload : manifest.layers) {
    config["rootfs"]["diff_ids"].push_back(payload.digest.text());
  }
  GANTRY_TRY(manifest.config, store.put(oci::canonical(config), oci::media_type::kConfig));
  return std::optional(std::move(manifest));
}

}  // namespace gantry::supply
