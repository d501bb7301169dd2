#include <memory>

#include "cli/annotations.hpp"
#include "cli/commands.hpp"
#include "cli/subject.hpp"
#include "oci/referrer.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  std::string type;
  std::string media_type;
  std::string file;
  std::vector<std::string> annotations;
  bool json = false;
  RegistryOptions registry;
};

base::Result<int> attach_file(const Options& options) {
  oci::Attachment attachment;
  attachment.artifact_type = options.type;
  attachment.media_type = options.media_type;
  GANTRY_TRY(attachment.annotations, parse_annotations(options.annotations));
  GANTRY_TRY(const auto subject, Subject::find(options.image, options.platform,
                                               registry::Access::kPush, options.registry));
  GANTRY_TRY(const auto attached, attach(subject, [&](const oci::BlobStore& store) {
               return oci::write_referrer_of_file(store, subject.descriptor(), attachment,
                                                  options.file);
             }));
  return report(attached, subject, options.json);
}

}  // namespace

void add_image_attach(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("attach", "Attach a document to a published image");
  command->footer(
      "The document becomes a referrer (OCI 1.1): a manifest of its own whose subject is the "
      "image, "
      "which stays as it is. A tag of several platforms means all of them together, unless "
      "--platform is given. Attaching the same again changes nothing.\n\n"
      "Example:\n  gantry image attach oci:published:1.2.0 --type application/vnd.example.report "
      "--file report.txt");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--type", options->type, "What the document is: its artifact type")
      ->type_name("MEDIA_TYPE")
      ->required();
  command->add_option("--file", options->file, "The document")->type_name("FILE")->required();
  command->add_option("--media-type", options->media_type, "Of the blob; default: the type")
      ->type_name("MEDIA_TYPE");
  command->add_option("--annotation", options->annotations, "An annotation of the referrer")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_registry_options(*command, options->registry);
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return attach_file(*options); }; });
}

}  // namespace gantry::cli
