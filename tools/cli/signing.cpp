#include "cli/signing.hpp"

#include <cstdlib>
#include <optional>
#include <utility>

#include "base/file.hpp"
#include "oci/referrer.hpp"

namespace gantry::cli {

namespace {

constexpr const char* kPasswordVariable = "GANTRY_KEY_PASSWORD";
constexpr const char* kPasswordFileVariable = "GANTRY_KEY_PASSWORD_FILE";

base::Result<std::optional<std::string>> read_password(const std::string& file) {
  if (file.empty()) {
    const char* const value = std::getenv(kPasswordVariable);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  GANTRY_TRY(auto password, base::read_file(file, 4096));
  while (password.ends_with('\n') || password.ends_with('\r')) {
    password.pop_back();
  }
  return std::optional(std::move(password));
}

struct KnownSignature {
  oci::Descriptor referrer;
  supply::Signature signature;
};

/// The same claim by the same key; signing again would add another one, since no two signatures are
/// the same.
base::Result<std::optional<KnownSignature>> find_signature(
    const Subject& subject, const std::vector<oci::Descriptor>& listed,
    const supply::PublicKey& key, const supply::SignatureClaim& claim) {
  for (const auto& referrer : listed) {
    if (referrer.artifact_type != supply::kSignatureArtifactType) {
      continue;
    }
    GANTRY_TRY(const auto blobs, subject.place().fetch(referrer, kMaximumSignatures));
    GANTRY_TRY(const auto signatures, supply::read_signatures(blobs, referrer));
    for (const auto& signature : signatures) {
      const auto verified = supply::verify_signature(key, signature, claim.manifest, "");
      if (verified && *verified == claim) {
        return std::optional(KnownSignature{referrer, signature});
      }
    }
  }
  return std::optional<KnownSignature>();
}

}  // namespace

CLI::Option* SigningKeyOptions::add_to(CLI::App& command, const std::string& name) {
  command.add_option("--password-file", password_file, "Holds the key's password")
      ->type_name("FILE")
      ->envname(kPasswordFileVariable);
  return command.add_option(name, key, "The private key: ECDSA on P-256, in PEM")
      ->type_name("FILE");
}

base::Result<supply::PrivateKey> SigningKeyOptions::read() const {
  GANTRY_TRY(const auto password, read_password(password_file));
  return supply::PrivateKey::read(key, password);
}

base::Result<Attached> sign(const Subject& subject, const std::vector<oci::Descriptor>& listed,
                            const supply::PrivateKey& key, const supply::SignatureClaim& claim) {
  GANTRY_TRY(const auto found, find_signature(subject, listed, key.public_key(), claim));
  const auto signature = found ? found->signature : supply::sign(key, claim);
  Attached attached{found ? found->referrer : oci::Descriptor(), false};
  if (!found) {
    GANTRY_TRY(attached, attach(subject, [&](const oci::BlobStore& store) {
                 return oci::write_referrer(store, subject.descriptor(),
                                            supply::signature_attachment(signature),
                                            signature.payload);
               }));
  }
  GANTRY_CHECK(subject.place().add_cosign_signature(claim.manifest, signature));
  return attached;
}

}  // namespace gantry::cli
