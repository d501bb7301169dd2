#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "oci/image.hpp"
#include "oci/layout.hpp"
#include "registry/base_image.hpp"
#include "registry/base_lock.hpp"
#include "registry/cached_store.hpp"
#include "registry/reference.hpp"

namespace gantry::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::vector<std::string> references;
  std::vector<std::string> platforms;
  std::string lock;
  std::string store;
  std::string output;
  std::string depfile;
  bool update = false;
  RegistryOptions registry;
};

std::string short_digest(const oci::Descriptor& descriptor) {
  return descriptor.digest.text().substr(0, 19);
}

base::Result<int> update(const Options& options, registry::Client& client,
                         registry::BaseLock& lock) {
  for (const auto& text : options.references) {
    GANTRY_TRY(const auto reference, registry::parse_reference(text));
    GANTRY_TRY(const auto repository, client.repository(reference, registry::Access::kPull));
    GANTRY_TRY(const auto document, registry::look_up(repository, tag_or_digest(reference)));
    const auto& now = document.descriptor;
    const auto* const before = lock.find(text);
    const auto was = before == nullptr ? std::string("new") : short_digest(*before);
    GANTRY_TRY(const bool moved, lock.move(text, now));
    GANTRY_CHECK(print(moved ? fmt::format("base {}: {} -> {}\n", text, was, short_digest(now))
                             : fmt::format("base {}: stays at {}\n", text, was)));
  }
  return kSuccess;
}

base::Result<std::vector<oci::Platform>> parse_platforms(const std::vector<std::string>& texts) {
  std::vector<oci::Platform> platforms;
  for (const auto& text : texts) {
    GANTRY_TRY(auto platform, oci::Platform::parse(text));
    platforms.push_back(std::move(platform));
  }
  return platforms;
}

/// A base that is not pinned is, to what it names now, which the store has then.
base::Result<oci::Descriptor> find_or_pin(const Options& options,
                                          const registry::Repository& repository,
                                          const registry::Reference& reference,
                                          const registry::CachedStore& cached,
                                          registry::BaseLock& lock) {
  const auto& text = options.references.front();
  if (lock.find(text) == nullptr) {
    GANTRY_TRY(const auto now, registry::look_up(repository, tag_or_digest(reference)));
    GANTRY_CHECK(registry::keep_document(now, cached));
    GANTRY_TRY(const bool is_new, lock.pin(text, now.descriptor));
    static_cast<void>(is_new);
    GANTRY_CHECK(
        print(fmt::format("base {}: pinned to {} in {}\n", text, short_digest(now.descriptor),
                          fs::path(options.lock).filename().native())));
  }
  return *lock.find(text);
}

/// How those who need the base's layers later can get them.
registry::BlobOrigin origin(const Options& options, const registry::Reference& reference) {
  const auto& http = options.registry.http;
  const auto absolute = [](const fs::path& path) {
    std::error_code failure;
    return path.empty() ? path : fs::absolute(path, failure);
  };
  return {options.references.front(), options.registry.transport(reference.host),
          absolute(http.ca_file), absolute(http.client_certificate), absolute(http.client_key)};
}

base::Result<int> fetch(const Options& options, registry::Client& client,
                        registry::BaseLock& lock) {
  const auto& text = options.references.front();
  GANTRY_TRY(const auto reference, registry::parse_reference(text));
  GANTRY_TRY(const auto repository, client.repository(reference, registry::Access::kPull));
  GANTRY_TRY(const auto platforms, parse_platforms(options.platforms));
  GANTRY_TRY(const auto store, oci::BlobStore::open(options.store));
  GANTRY_TRY(const auto cache, oci::UserCache::from_environment());
  const registry::CachedStore cached(store, cache ? &*cache : nullptr);
  GANTRY_TRY(auto root, find_or_pin(options, repository, reference, cached, lock));
  GANTRY_CHECK(
      registry::fetch_base(repository, root, platforms, origin(options, reference), cached));
  root.annotations.insert_or_assign(std::string(oci::kRefName), text);
  if (!options.depfile.empty()) {
    const auto depfile = base::make_depfile(options.output, std::vector<fs::path>{options.lock});
    GANTRY_CHECK(base::make_directories(fs::path(options.depfile).parent_path()));
    GANTRY_CHECK(base::write_file(options.depfile, depfile.text));
    warn_of_unsafe_names(depfile);
  }
  GANTRY_CHECK(base::make_directories(fs::path(options.output).parent_path()));
  GANTRY_TRY(const bool changed, oci::write_image_file(options.output, store.blobs().root(), root));
  if (changed) {
    GANTRY_CHECK(print(fmt::format("base {}: {}\n", text, short_digest(root))));
  }
  return kSuccess;
}

base::Result<int> run(const Options& options) {
  if (!options.update && options.references.size() != 1) {
    return base::Error{"one base image at a time, unless with --update", "", ""};
  }
  GANTRY_CHECK(base::make_directories(options.store));
  GANTRY_TRY(auto lock, registry::BaseLock::read(options.lock));
  GANTRY_TRY(const auto client, make_client(options.registry));
  return options.update ? update(options, *client, lock) : fetch(options, *client, lock);
}

}  // namespace

void add_image_base(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand(
      "base", "Pin a base image by digest in a lock file, and fetch what describes it");
  command->footer(
      "It is the command that gantry_add_image(BASE <registry>/…) runs. A reference is looked up "
      "once and pinned; what is pinned and in the cache needs no network. Manifest and "
      "configuration are "
      "fetched; layers are when something reads them. --update looks again.\n\n"
      "Example:\n  gantry image base docker.io/debian:bookworm-slim --lock gantry.lock "
      "--store store --output debian.image");
  auto options = std::make_shared<Options>();
  command->add_option("references", options->references, "HOST/REPOSITORY[:TAG][@DIGEST]")
      ->type_name("REFERENCE")
      ->required();
  command
      ->add_option("--platform", options->platforms,
                   "Of an index, the image for it; may be given more than once")
      ->type_name("OS/ARCH")
      ->allow_extra_args(false);
  command->add_option("--lock", options->lock, "The lock file")->type_name("FILE")->required();
  command->add_option("--store", options->store, "The blob store of the build tree")
      ->type_name("DIR")
      ->required();
  auto* output = command->add_option("--output", options->output, "The .image file to write")
                     ->type_name("FILE");
  command->add_option("--depfile", options->depfile, "A Makefile rule that names every input")
      ->type_name("FILE");
  command->add_flag("--update", options->update, "Pin what the references name now")
      ->excludes(output);
  add_registry_options(*command, options->registry);
  command->callback([&action, options] {
    if (!options->update && options->output.empty()) {
      throw CLI::RequiredError("--output");
    }
    action = [options] { return run(*options); };
  });
}

}  // namespace gantry::cli
