#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "registry/reference.hpp"
#include "vm/builder.hpp"
#include "vm/checkpoint_cache.hpp"
#include "vm/firmware.hpp"
#include "vm/libvirt_uri.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/registry_client.hpp"

namespace gantry::vm {

namespace {

struct Options {
  std::string spec;
  std::string output;
  std::string depfile;
  std::string accelerator;
  std::string from;
  std::string connect;
  bool no_cache = false;
  unsigned wait_for_room = 300;
  bool quiet = false;
};

/// What the checkpoint was made of, as files.
base::Result<void> write_depfile(const Options& options, const CheckpointSpec& spec) {
  std::vector<std::filesystem::path> inputs{options.spec};
  if (spec.guest.empty()) {
    inputs.push_back(spec.parent);
  } else {
    inputs.push_back(spec.guest);
    GANTRY_TRY(const auto text, base::read_file(spec.guest));
    GANTRY_TRY(auto guest, parse_guest(text, spec.guest.native()));
    GANTRY_CHECK(find_firmware(guest));
    for (const auto* const file : files_of(guest)) {
      inputs.push_back(*file);
    }
  }
  for (const auto& step : spec.steps) {
    GANTRY_TRY(const auto files, inputs_of(step));
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  return base::write_file(options.depfile, base::make_depfile(options.output, inputs).text);
}

/// The registry that a description names, and what talks to it.
struct Cache {
  std::unique_ptr<registry::Client> client;
  CheckpointCache checkpoints;

  static base::Result<std::unique_ptr<Cache>> open(const CheckpointSpec& spec, const Store& store) {
    if (spec.cache.empty()) {
      return std::unique_ptr<Cache>();
    }
    GANTRY_TRY(auto repository, registry::parse_reference(spec.cache));
    if (!repository.tag.empty() || repository.digest) {
      return base::Error{"a cache is a repository, without a tag", spec.cache, ""};
    }
    GANTRY_TRY(auto client, make_registry_client(Patience::kShort));
    CheckpointCache checkpoints(store, *client, std::move(repository), print_warning);
    return std::make_unique<Cache>(Cache{std::move(client), std::move(checkpoints)});
  }

  void add_to(BuildOptions& options, const Platform& here, bool push) const {
    options.fetch = [this, here](const std::string& key) { return checkpoints.fetch(key, here); };
    if (push) {
      options.keep = [this](const Checkpoint& checkpoint) { checkpoints.keep(checkpoint); };
    }
  }
};

std::string outcome(const Built& built, std::chrono::duration<double> took) {
  if (built.cached) {
    return "unchanged";
  }
  return built.fetched
             ? fmt::format("fetched in {:.1f} s", took.count())
             : fmt::format("built in {:.1f} s, of which the guest stood still for {:.0f} ms",
                           took.count(), static_cast<double>(built.pause.count()) / 1000);
}

/// Empty: guests are booted in this process.
base::Result<std::string> daemon_of(const Options& options, const CheckpointSpec& spec) {
  auto uri = options.connect.empty() ? spec.libvirt : options.connect;
  if (uri.empty() || uri == kEmbeddedDriver) {
    return std::string();
  }
  GANTRY_CHECK(libvirt_daemon_at(uri));
  return uri;
}

base::Result<int> build(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  GANTRY_TRY(const auto text, base::read_file(options.spec));
  GANTRY_TRY(auto spec, parse_checkpoint_spec(text, options.spec));
  if (!options.from.empty()) {
    spec.guest.clear();
    spec.parent = options.from;
  }
  GANTRY_TRY(const auto store, Store::open(spec.store));
  GANTRY_TRY(const auto architecture, architecture_of(spec, store));
  GANTRY_TRY(const auto report, known_accelerators(architecture));
  GANTRY_TRY(const auto platform, platform_of(report, options.accelerator));
  BuildOptions build;
  build.timeout_factor = timeout_factor(report, platform.accelerator);
  build.renew = options.no_cache;
  build.room_patience = std::chrono::seconds(options.wait_for_room);
  if (!options.quiet) {
    build.progress = [](std::string_view line) {
      fmt::print(stderr, "{}", line);
      std::fflush(stderr);
    };
  }
  GANTRY_TRY(build.libvirt, daemon_of(options, spec));
  GANTRY_TRY(const auto cache, Cache::open(spec, store));
  if (cache) {
    cache->add_to(build, platform, spec.cache_push);
  }
  GANTRY_TRY(const auto built, build_checkpoint(spec, platform, store, build));
  if (!options.output.empty()) {
    GANTRY_CHECK(base::write_file_if_changed(options.output, built.checkpoint.key + "\n"));
    GANTRY_CHECK(store.add_root(options.output));
  }
  if (!options.depfile.empty()) {
    GANTRY_CHECK(write_depfile(options, spec));
  }
  if (!options.quiet) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print("checkpoint {}: {}, {}\n", spec.name, outcome(built, took),
               built.checkpoint.key.substr(0, 12));
  }
  return 0;
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "build", "Make a checkpoint, unless one of the same inputs is there already");
  command->footer(
      "Examples:\n"
      "  gantry vm build ready.spec --output ready.checkpoint\n"
      "  gantry vm build final.spec --output final.checkpoint --no-cache");
  command->add_option("spec", options->spec, "Its description, as gantry_add_checkpoint writes it")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "Write its key here")->type_name("FILE");
  command
      ->add_option("--depfile", options->depfile,
                   "Makefile rules that name every input of --output")
      ->type_name("FILE");
  command->add_option("--accelerator", options->accelerator, "Not the one that the probe chooses")
      ->check(CLI::IsMember({"kvm", "tcg"}));
  command
      ->add_option("--from-checkpoint", options->from,
                   "Go on from this one, whatever the description says")
      ->type_name("FILE");
  command
      ->add_option(
          "--connect", options->connect,
          "The libvirt that boots guests, such as qemu:///system, and also by a variable of "
          "the environment; default: none but this process (qemu:///embed)")
      ->type_name("URI")
      ->envname("GANTRY_LIBVIRT_URI");
  command
      ->add_flag("--no-cache", options->no_cache,
                 "Make it although it is there; also by a variable of the environment")
      ->envname("GANTRY_NO_CACHE");
  command
      ->add_option("--wait-for-room", options->wait_for_room,
                   "How long a guest that cannot be saved for lack of room is kept, stopped, until "
                   "there is some; default: 300")
      ->type_name("SECONDS");
  command->add_flag("--quiet", options->quiet, "Say nothing if all is well");
  command->callback([options, &action] { action = [options] { return build(*options); }; });
}

}  // namespace gantry::vm
