#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "registry/reference.hpp"
#include "vm/checkpoint_transfer.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/opened_checkpoint.hpp"
#include "vm/tool/registry_client.hpp"
#include "vm/tool/smoke.hpp"

namespace gantry::vm {

namespace {

struct Options {
  CheckpointOptions checkpoint;
  std::vector<std::string> destinations;
  std::string output;
  std::string smoke;
  unsigned timeout = kSmokeTime;
  bool json = false;
};

/// Several destinations in one repository are tags of it.
base::Result<registry::Reference> read_destinations(const Options& options,
                                                    std::vector<std::string>& tags) {
  std::optional<registry::Reference> first;
  for (const auto& destination : options.destinations) {
    GANTRY_TRY(auto reference, registry::parse_reference(destination));
    if (reference.digest) {
      return base::Error{"a digest cannot be chosen", destination, "give a tag, or none"};
    }
    if (!reference.tag.empty()) {
      tags.push_back(std::exchange(reference.tag, ""));
    }
    if (first && *first != reference) {
      return base::Error{"this is another repository than the first", destination,
                         "one command pushes to one repository"};
    }
    first = std::move(reference);
  }
  return *std::move(first);
}

std::uint64_t size_of(const std::vector<oci::Descriptor>& layers) {
  std::uint64_t bytes = 0;
  for (const auto& layer : layers) {
    bytes += layer.size;
  }
  return bytes;
}

nlohmann::json details_of(const PackedCheckpoint& packed) {
  return {{"digest", packed.manifest.digest.text()},
          {"layers", packed.layers.size()},
          {"bytes", size_of(packed.layers)},
          {"ownBytes", size_of(packed.own_layers)}};
}

/// Tags are for what has been pushed, brought back, gone on from and tested.
base::Result<void> try_out(const StoredCheckpoint& stored, registry::Client& client,
                           registry::Reference reference, const Options& options) {
  GANTRY_TRY(const auto pushed,
             push_checkpoint(stored.store, stored.checkpoint, client, reference, {}));
  reference.digest = pushed.packed.manifest.digest;
  GANTRY_TRY(const auto report, known_accelerators(stored.checkpoint.guest.architecture));
  const auto& accelerator = stored.checkpoint.platform.accelerator;
  GANTRY_TRY(const auto platform, platform_of(report, accelerator));
  SmokeTest test;
  test.reference = registry::to_text(reference);
  test.bring = [&](const Store& store) {
    return pull_checkpoint(store, client, reference, platform);
  };
  test.script = options.smoke;
  test.timeout = std::chrono::seconds(options.timeout);
  test.timeout_factor = timeout_factor(report, accelerator);
  return run_smoke_test(test, platform);
}

base::Result<int> push(const Options& options) {
  std::vector<std::string> tags;
  GANTRY_TRY(auto reference, read_destinations(options, tags));
  GANTRY_TRY(const auto stored, find_checkpoint(options.checkpoint));
  GANTRY_TRY(const auto client, make_registry_client(Patience::kUsual));
  if (!options.smoke.empty()) {
    GANTRY_CHECK(try_out(stored, *client, reference, options));
  }
  GANTRY_TRY(const auto pushed,
             push_checkpoint(stored.store, stored.checkpoint, *client, reference, tags));
  reference.digest = pushed.packed.manifest.digest;
  const auto text = registry::to_text(reference);
  if (!options.json) {
    fmt::print("{}\n", text);
    return 0;
  }
  auto details = details_of(pushed.packed);
  details["reference"] = text;
  details["tags"] = tags;
  details["changed"] = pushed.changed;
  details["sentBlobs"] = pushed.sent_layers;
  details["sentBytes"] = pushed.sent_bytes;
  fmt::print("{}\n", oci::canonical(details));
  return 0;
}

base::Result<int> pack(const Options& options) {
  GANTRY_TRY(const auto stored, find_checkpoint(options.checkpoint));
  GANTRY_TRY(auto packer, PackedCheckpoints::open(stored.store));
  GANTRY_TRY(const auto packed, packer.pack(stored.checkpoint));
  for (const auto& layer : packed.layers) {
    GANTRY_CHECK(packer.make(layer));
  }
  GANTRY_CHECK(
      oci::write_image_file(options.output, packer.blobs().blobs().root(), packed.manifest));
  if (options.json) {
    fmt::print("{}\n", oci::canonical(details_of(packed)));
  }
  return 0;
}

void add_common(CLI::App& command, Options& options) {
  add_checkpoint_options(command, options.checkpoint);
  command.add_flag("--json", options.json, "Print JSON");
}

}  // namespace

void add_push(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "push",
      "Put a checkpoint into a registry, with all that it takes to go on from it elsewhere");
  command->footer(
      "Examples:\n"
      "  gantry vm push ready.checkpoint ghcr.io/me/ready:1.2.0\n"
      "  gantry vm push final.checkpoint ghcr.io/me/final:1.2.0 --smoke smoke.sh");
  add_common(*command, *options);
  command
      ->add_option("destination", options->destinations,
                   "Where to; more of the same repository are further tags")
      ->required()
      ->type_name("HOST/REPOSITORY[:TAG]");
  auto* const smoke = command->add_option(
      "--smoke", options->smoke,
      "Push without tags, bring it back, run this shell script beside a clone of that, "
      "and set the tags if it succeeds");
  smoke->type_name("SCRIPT")->check(CLI::ExistingFile);
  add_smoke_timeout(*command, options->timeout)->needs(smoke);
  command->callback([options, &action] { action = [options] { return push(*options); }; });
}

void add_pack(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command =
      app.add_subcommand("pack", "Make a checkpoint what gantry image publish takes");
  command->footer(
      "Example:\n"
      "  gantry vm pack ready.checkpoint --output ready.image");
  add_common(*command, *options);
  command->add_option("--output", options->output, "The file that stands for it")
      ->required()
      ->type_name("FILE.image");
  command->callback([options, &action] { action = [options] { return pack(*options); }; });
}

}  // namespace gantry::vm
