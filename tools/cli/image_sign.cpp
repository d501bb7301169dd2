#include <cstdlib>
#include <memory>

#include "base/file.hpp"
#include "cli/annotations.hpp"
#include "cli/commands.hpp"
#include "cli/subject.hpp"
#include "supply/signature.hpp"

namespace gantry::cli {

namespace {

constexpr const char* kPasswordVariable = "GANTRY_KEY_PASSWORD";

struct Options {
  std::string image;
  std::string platform;
  std::string key;
  std::string password_file;
  std::string identity;
  std::vector<std::string> annotations;
  bool json = false;
  RegistryOptions registry;
};

base::Result<std::optional<std::string>> read_password(const Options& options) {
  if (options.password_file.empty()) {
    const char* const value = std::getenv(kPasswordVariable);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  }
  GANTRY_TRY(auto password, base::read_file(options.password_file, 4096));
  while (password.ends_with('\n') || password.ends_with('\r')) {
    password.pop_back();
  }
  return std::optional(std::move(password));
}

/// The referrer that holds the same claim by the same key; signing again would add another one,
/// since no two signatures are the same.
base::Result<std::optional<oci::Descriptor>> find_signature(Subject& subject,
                                                            const supply::PublicKey& key,
                                                            const supply::SignatureClaim& claim) {
  GANTRY_TRY(const auto referrers, subject.referrers());
  for (const auto& referrer : referrers) {
    if (referrer.artifact_type != supply::kSignatureArtifactType) {
      continue;
    }
    GANTRY_TRY(const auto blobs, subject.fetch(referrer));
    GANTRY_TRY(const auto signatures, supply::read_signatures(blobs, referrer));
    for (const auto& signature : signatures) {
      const auto verified = supply::verify_signature(key, signature, claim.manifest, "");
      if (verified && *verified == claim) {
        return std::optional(referrer);
      }
    }
  }
  return std::optional<oci::Descriptor>();
}

base::Result<int> sign(const Options& options) {
  GANTRY_TRY(const auto password, read_password(options));
  GANTRY_TRY(const auto key, supply::PrivateKey::read(options.key, password));
  GANTRY_TRY(const auto subject, find_subject(options.image, options.platform,
                                              registry::Access::kPush, options.registry));
  supply::SignatureClaim claim;
  claim.manifest = subject->descriptor().digest;
  claim.identity = options.identity;
  GANTRY_TRY(claim.annotations, parse_annotations(options.annotations));
  if (claim.identity.empty()) {
    claim.identity = subject->name();
  }
  GANTRY_TRY(const auto found, find_signature(*subject, key.public_key(), claim));
  if (found) {
    return report({*found, false}, *subject, options.json);
  }
  GANTRY_TRY(const auto attached,
             attach(*subject, [&](const oci::BlobStore& store) -> base::Result<oci::Descriptor> {
               const auto signature = supply::sign(key, claim);
               return oci::write_referrer(store, subject->descriptor(),
                                          supply::signature_attachment(signature),
                                          signature.payload);
             }));
  return report(attached, *subject, options.json);
}

}  // namespace

void add_image_sign(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("sign", "Sign a published image as cosign does");
  command->footer(
      "The key is ECDSA on the curve P-256, in PEM. A password is read from --password-file or "
      "the variable GANTRY_KEY_PASSWORD, never from the command line. An image that the key has "
      "signed already, with the same identity and annotations, stays as it is.\n\n"
      "Example:\n  gantry image sign oci:published:1.2.0 --key signing.pem "
      "--identity registry.example.org/app");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--key", options->key, "The private key")->type_name("FILE")->required();
  command->add_option("--password-file", options->password_file, "Holds the key's password")
      ->type_name("FILE");
  command
      ->add_option("--identity", options->identity,
                   "The repository that the image is signed for; default: its own")
      ->type_name("NAME");
  command->add_option("--annotation", options->annotations, "Something else to sign with it")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_registry_options(*command, options->registry);
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return sign(*options); }; });
}

}  // namespace gantry::cli
