#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "oci/json_document.hpp"
#include "registry/reference.hpp"
#include "vm/checkpoint_cache.hpp"
#include "vm/checkpoint_transfer.hpp"
#include "vm/store.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/registry_client.hpp"

namespace gantry::vm {

namespace {

struct Options {
  std::string source;
  std::string key;
  std::string store;
  std::string output;
  std::string architecture = "x86_64";
  std::string accelerator;
  bool json = false;
};

base::Result<UnpackedCheckpoint> bring(const Options& options, const Store& store,
                                       const Platform& here) {
  if (options.source.starts_with("oci:")) {
    if (!options.key.empty()) {
      return base::Error{"a key is a tag of a registry's repository", "--key", ""};
    }
    return pull_checkpoint_from_layout(store, options.source, here);
  }
  GANTRY_TRY(auto reference, registry::parse_reference(options.source));
  if (!options.key.empty()) {
    if (!reference.tag.empty() || reference.digest) {
      return base::Error{"a key is looked for in a repository, not at a tag", options.source, ""};
    }
    reference.tag = cache_tag(options.key);
  }
  GANTRY_TRY(const auto client, make_registry_client(Patience::kUsual));
  return pull_checkpoint(store, *client, reference, here);
}

base::Result<int> pull(const Options& options) {
  GANTRY_TRY(const auto store, Store::open(options.store));
  GANTRY_TRY(const auto report, known_accelerators(options.architecture));
  GANTRY_TRY(const auto platform, platform_of(report, options.accelerator));
  GANTRY_TRY(const auto pulled, bring(options, store, platform));
  const auto& key = pulled.checkpoint.key;
  if (!options.output.empty()) {
    GANTRY_CHECK(base::write_file_if_changed(options.output, key + "\n"));
    GANTRY_CHECK(store.add_root(options.output));
  }
  if (options.json) {
    fmt::print("{}\n", oci::canonical({{"key", key},
                                       {"name", pulled.checkpoint.name},
                                       {"fetchedLayers", pulled.fetched_layers},
                                       {"fetchedBytes", pulled.fetched_bytes}}));
  } else {
    fmt::print("{}\n", key);
  }
  return 0;
}

}  // namespace

void add_pull(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "pull", "Bring a checkpoint from a registry, with all that it takes to go on from it");
  command->footer(
      "Example:\n"
      "  gantry vm pull ghcr.io/me/ready:1.2.0 --store vm --output ready.checkpoint");
  command->add_option("source", options->source, "HOST/REPOSITORY[:TAG|@DIGEST], oci:DIR[:TAG]")
      ->required()
      ->type_name("REFERENCE");
  command->add_option("--key", options->key, "The one of this key, as gantry vm build keeps them")
      ->type_name("KEY");
  command->add_option("--store", options->store, "Where checkpoints are kept")
      ->required()
      ->type_name("DIR");
  command->add_option("--output", options->output, "Write its key here")->type_name("FILE");
  command->add_option("--architecture", options->architecture, "Of the guest; default: x86_64")
      ->check(CLI::IsMember({"x86_64", "aarch64"}));
  command->add_option("--accelerator", options->accelerator, "Not the one that the probe chooses")
      ->check(CLI::IsMember({"kvm", "tcg"}));
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, &action] { action = [options] { return pull(*options); }; });
}

}  // namespace gantry::vm
