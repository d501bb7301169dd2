#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/subject.hpp"
#include "oci/json_document.hpp"
#include "supply/signature.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  std::string key;
  std::string identity;
  bool json = false;
  RegistryOptions registry;
};

/// What came of all signatures of an image.
struct Verdict {
  std::vector<supply::SignatureClaim> good;
  std::vector<base::Error> bad;
};

void judge(const Options& options, const supply::PublicKey& key, const oci::Digest& manifest,
           const supply::Signature& signature, const std::string& where, Verdict& verdict) {
  auto claim = supply::verify_signature(key, signature, manifest, where);
  if (!claim) {
    verdict.bad.push_back(std::move(claim).error());
  } else if (!options.identity.empty() && claim->identity != options.identity) {
    verdict.bad.push_back(
        {fmt::format("it is signed for '{}', not for '{}'", base::printable(claim->identity),
                     base::printable(options.identity)),
         where, ""});
  } else {
    verdict.good.push_back(*std::move(claim));
  }
}

/// All signatures that a manifest holds.
void judge_manifest(const Options& options, const supply::PublicKey& key, const Subject& subject,
                    const oci::Descriptor& manifest, Verdict& verdict) {
  const auto where = "signature " + manifest.digest.text();
  const auto signatures = [&]() -> base::Result<std::vector<supply::Signature>> {
    GANTRY_TRY(const auto blobs, subject.place().fetch(manifest, kMaximumSignatures));
    return supply::read_signatures(blobs, manifest);
  }();
  if (!signatures) {
    verdict.bad.push_back(signatures.error());
    return;
  }
  for (const auto& signature : *signatures) {
    judge(options, key, subject.descriptor().digest, signature, where, verdict);
  }
}

/// Those that are attached; if none of them is good, those that cosign has put beside them.
base::Result<Verdict> judge_all(const Options& options, const supply::PublicKey& key,
                                const Subject& subject) {
  GANTRY_TRY(const auto referrers, subject.referrers());
  Verdict verdict;
  for (const auto& referrer : referrers) {
    if (referrer.artifact_type == supply::kSignatureArtifactType) {
      judge_manifest(options, key, subject, referrer, verdict);
    }
  }
  if (verdict.good.empty()) {
    GANTRY_TRY(const auto tagged,
               subject.place().find_cosign_signatures(subject.descriptor().digest));
    if (tagged) {
      judge_manifest(options, key, subject, *tagged, verdict);
    }
  }
  return verdict;
}

base::Error no_signature(const Subject& subject, const Verdict& verdict) {
  if (verdict.bad.empty()) {
    return {"the image has no signature", subject.reference(), ""};
  }
  std::vector<std::string> reasons;
  for (const auto& error : verdict.bad) {
    reasons.push_back(error.where.empty() ? error.what : error.where + ": " + error.what);
  }
  return {"no signature of the image is good: " + base::join(reasons, "; "), subject.reference(),
          ""};
}

std::string as_json(const Subject& subject, const Verdict& verdict) {
  nlohmann::json value = {{"digest", subject.descriptor().digest.text()},
                          {"signatures", nlohmann::json::array()}};
  for (const auto& claim : verdict.good) {
    value["signatures"].push_back(
        {{"identity", claim.identity}, {"annotations", claim.annotations}});
  }
  return oci::canonical(value) + "\n";
}

std::string as_text(const Subject& subject, const Verdict& verdict) {
  std::string text;
  for (const auto& claim : verdict.good) {
    text += fmt::format("{} is signed for {}\n", subject.descriptor().digest.text(),
                        base::printable(claim.identity));
  }
  return text;
}

base::Result<int> verify_signature(const Options& options) {
  GANTRY_TRY(const auto key, supply::PublicKey::read(options.key));
  GANTRY_TRY(const auto subject, Subject::find(options.image, options.platform,
                                               registry::Access::kPull, options.registry));
  GANTRY_TRY(const auto verdict, judge_all(options, key, subject));
  if (verdict.good.empty()) {
    return no_signature(subject, verdict);
  }
  GANTRY_CHECK(print(options.json ? as_json(subject, verdict) : as_text(subject, verdict)));
  return kSuccess;
}

}  // namespace

void add_image_verify_signature(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("verify-signature", "Check that the owner of a key has signed an image");
  command->footer(
      "Succeeds if one of the image's signatures is good, and prints what it was signed for. The "
      "manifest is verified; its layers follow from it when the image is pulled.\n\n"
      "Example:\n  gantry image verify-signature oci:published:1.2.0 --key signing.pub "
      "--identity registry.example.org/app");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--key", options->key, "The public key")->type_name("FILE")->required();
  command->add_option("--identity", options->identity, "The repository that it must be signed for")
      ->type_name("NAME");
  add_registry_options(*command, options->registry);
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback(
      [&action, options] { action = [options] { return verify_signature(*options); }; });
}

}  // namespace gantry::cli
