#include "vm/tool/smoke.hpp"

#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "registry/reference.hpp"
#include "vm/admission.hpp"
#include "vm/checkpoint_transfer.hpp"
#include "vm/clone.hpp"
#include "vm/packed_checkpoints.hpp"
#include "vm/tool/beside.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/opened_checkpoint.hpp"
#include "vm/tool/registry_client.hpp"

namespace gantry::vm {

namespace {

struct Options {
  CheckpointOptions checkpoint;
  std::string place;
  std::string script;
  unsigned timeout = kSmokeTime;
};

/// What the checkpoint is packed as here, so that no tag of a place has to be looked at.
base::Result<oci::Digest> digest_of(const StoredCheckpoint& stored) {
  GANTRY_TRY(auto packer, PackedCheckpoints::open(stored.store));
  GANTRY_TRY(const auto packed, packer.pack(stored.checkpoint));
  return packed.manifest.digest;
}

base::Result<int> smoke(const Options& options) {
  GANTRY_TRY(const auto stored, find_checkpoint(options.checkpoint));
  GANTRY_TRY(const auto digest, digest_of(stored));
  GANTRY_TRY(const auto report, known_accelerators(stored.checkpoint.guest.architecture));
  const auto& accelerator = stored.checkpoint.platform.accelerator;
  GANTRY_TRY(const auto platform, platform_of(report, accelerator));
  SmokeTest test;
  test.script = options.script;
  test.timeout = std::chrono::seconds(options.timeout);
  test.timeout_factor = timeout_factor(report, accelerator);
  std::unique_ptr<registry::Client> client;
  if (options.place.starts_with("oci:")) {
    test.reference = fmt::format("{}@{}", options.place, digest.text());
    test.bring = [&](const Store& store) {
      return pull_checkpoint_from_layout(store, test.reference, platform);
    };
  } else {
    GANTRY_TRY(auto reference, registry::parse_reference(options.place));
    reference.tag.clear();
    reference.digest = digest;
    GANTRY_TRY(client, make_registry_client(Patience::kUsual));
    test.reference = registry::to_text(reference);
    test.bring = [&client, &platform, reference](const Store& store) {
      return pull_checkpoint(store, *client, reference, platform);
    };
  }
  GANTRY_CHECK(run_smoke_test(test, platform));
  return 0;
}

}  // namespace

base::Result<void> run_smoke_test(const SmokeTest& test, const Platform& platform) {
  GANTRY_TRY(const auto scratch,
             base::TempDir::create_under(std::filesystem::temp_directory_path()));
  GANTRY_TRY(const auto store, Store::open(scratch.path()));
  GANTRY_TRY(const auto pulled, test.bring(store));
  GANTRY_TRY(const auto state, store.state_of(pulled.checkpoint));
  const auto say = [](std::string_view line) { fmt::print(stderr, "{}", line); };
  GANTRY_TRY(const auto admission, Admission::wait(state.guest.memory, say));
  GANTRY_TRY(auto clone, Clone::start(state, platform));
  // What our standard output says is for machines.
  const BesideCommand command{
      {"sh", "-e", test.script},
      STDERR_FILENO,
      std::chrono::duration_cast<std::chrono::milliseconds>(test.timeout * test.timeout_factor)};
  const auto ended = run_beside(clone.machine(), command);
  if (ended && *ended == 0) {
    return {};
  }
  return base::Error{fmt::format("{}: no tag was moved",
                                 ended ? fmt::format("the smoke test ended by exit code {}", *ended)
                                       : "the smoke test failed: " + ended.error().what),
                     test.script, "what was published is there by its digest: " + test.reference};
}

CLI::Option* add_smoke_timeout(CLI::App& command, unsigned& seconds) {
  return command
      .add_option(
          "--timeout", seconds,
          fmt::format("Of the script, in seconds, longer where guests are slow; default: {}",
                      kSmokeTime))
      ->type_name("SECONDS");
}

void add_smoke(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "smoke",
      "Bring a checkpoint back from where it was published, and run a shell script beside a clone "
      "of that: what publish_<target> asks before it moves tags");
  command->footer(
      "Example:\n  gantry vm smoke final.checkpoint ./smoke.sh --from ghcr.io/me/final");
  add_checkpoint_options(*command, options->checkpoint);
  command
      ->add_option("script", options->script,
                   "Run by sh -e, with the guest's ports as gantry vm run has them")
      ->required()
      ->type_name("SCRIPT")
      ->check(CLI::ExistingFile);
  command->add_option("--from", options->place, "Where it was published")
      ->required()
      ->type_name("HOST/REPOSITORY|oci:DIR");
  add_smoke_timeout(*command, options->timeout);
  command->callback([options, &action] { action = [options] { return smoke(*options); }; });
}

}  // namespace gantry::vm
