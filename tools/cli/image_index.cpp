#include "oci/image_index.hpp"

#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"

namespace gantry::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> images;
  std::string store;
  std::string output;
  std::string depfile;
  bool json = false;
};

/// The images that a reference names, with all their blobs in store.
base::Result<void> take(const std::string& reference, const oci::BlobStore& store,
                        std::vector<oci::Image>& images, std::vector<fs::path>& inputs) {
  GANTRY_TRY(const auto root, open_root(reference));
  inputs.emplace_back(reference.starts_with("oci:") ? root.blobs.root() / "index.json"
                                                    : fs::path(reference));
  GANTRY_TRY(const auto manifests, oci::manifests_below(root.blobs, root.descriptor));
  for (const auto& manifest : manifests) {
    GANTRY_TRY(auto image, oci::read_image(root.blobs, manifest));
    if (!root.blobs.is(store.blobs())) {
      GANTRY_CHECK(root.blobs.bring(image.manifest.layers));
      for (const auto& layer : image.manifest.layers) {
        GANTRY_CHECK(store.adopt(root.blobs, layer));
      }
      GANTRY_CHECK(store.adopt(root.blobs, image.manifest.config));
      GANTRY_CHECK(store.adopt(root.blobs, manifest));
    }
    images.push_back(std::move(image));
  }
  return {};
}

base::Result<int> join(const Options& options) {
  GANTRY_TRY(const auto store, oci::BlobStore::open(options.store));
  std::vector<oci::Image> images;
  std::vector<fs::path> inputs;
  for (const auto& reference : options.images) {
    GANTRY_CHECK(take(reference, store, images, inputs));
  }
  GANTRY_TRY(const auto index, oci::put_index(store, images));
  if (!options.depfile.empty()) {
    const auto depfile = base::make_depfile(options.output, inputs);
    GANTRY_CHECK(base::write_file(options.depfile, depfile.text));
    warn_of_unsafe_names(depfile);
  }
  const auto digest = index.digest.text();
  GANTRY_TRY(bool changed, oci::write_image_file(options.output, store.blobs().root(), index));
  GANTRY_TRY(const bool digest_changed,
             base::write_file_if_changed(fs::path(options.output).replace_extension(".digest"),
                                         digest + "\n"));
  changed = changed || digest_changed;
  const auto name = fs::path(options.output).stem().native();
  if (options.json) {
    const nlohmann::json value = {
        {"name", name}, {"digest", digest}, {"images", images.size()}, {"changed", changed}};
    GANTRY_CHECK(print(oci::canonical(value) + "\n"));
  } else if (changed) {
    GANTRY_CHECK(print(fmt::format("image {}: index of {} {}, {}\n", name, images.size(),
                                   images.size() == 1 ? "image" : "images", digest.substr(0, 19))));
  }
  return kSuccess;
}

}  // namespace

void add_image_index(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("index", "Join images of several platforms into an index");
  command->footer(
      "It is the command that gantry_add_image_index() runs.\n\n"
      "Example:\n  gantry image index amd64/app.image arm64/app.image --store store "
      "--output app.image");
  auto options = std::make_shared<Options>();
  command
      ->add_option("images", options->images,
                   "FILE.image or oci:DIR[:TAG|@DIGEST]; of an index, all its images")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--store", options->store, "The blob store of the build tree")
      ->type_name("DIR")
      ->required();
  command->add_option("--output", options->output, "The .image file to write")
      ->type_name("FILE")
      ->required();
  command->add_option("--depfile", options->depfile, "A Makefile rule that names every input")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return join(*options); }; });
}

}  // namespace gantry::cli
