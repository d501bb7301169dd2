#include <memory>

#include "cli/annotations.hpp"
#include "cli/commands.hpp"
#include "cli/signing.hpp"
#include "cli/subject.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  SigningKeyOptions key;
  std::string identity;
  std::vector<std::string> annotations;
  bool json = false;
  RegistryOptions registry;
};

base::Result<int> sign_image(const Options& options) {
  GANTRY_TRY(const auto key, options.key.read());
  GANTRY_TRY(const auto subject, Subject::find(options.image, options.platform,
                                               registry::Access::kPush, options.registry));
  supply::SignatureClaim claim;
  claim.manifest = subject.descriptor().digest;
  claim.identity = options.identity.empty() ? subject.place().name() : options.identity;
  GANTRY_TRY(claim.annotations, parse_annotations(options.annotations));
  GANTRY_TRY(const auto listed, subject.referrers());
  GANTRY_TRY(const auto attached, sign(subject, listed, key, claim));
  return report(attached, subject, options.json);
}

}  // namespace

void add_image_sign(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("sign", "Sign a published image as cosign does");
  command->footer(
      "A key's password is read from --password-file or the variable GANTRY_KEY_PASSWORD, never "
      "from the command line. An image that the key has "
      "signed already, with the same identity and annotations, stays as it is.\n\n"
      "Example:\n  gantry image sign oci:published:1.2.0 --key signing.pem "
      "--identity registry.example.org/app");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  options->key.add_to(*command, "--key")->required();
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
  command->callback([&action, options] { action = [options] { return sign_image(*options); }; });
}

}  // namespace gantry::cli
