#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "content/rootfs.hpp"
#include "oci/source_date_epoch.hpp"
#include "oci/user_cache.hpp"

namespace gantry::cli {

namespace {

/// The user's cache, or else the build tree's.
base::Result<std::filesystem::path> cache_directory(const std::filesystem::path& store) {
  GANTRY_TRY(const auto cache, oci::UserCache::from_environment());
  if (cache) {
    return cache->store().blobs().root() / "rootfs";
  }
  return store.empty() ? std::filesystem::path() : store / "rootfs";
}

base::Result<int> build(content::RootfsRequest request, const std::filesystem::path& store) {
  GANTRY_TRY(request.cache, cache_directory(store));
  GANTRY_TRY(request.source_date_epoch, oci::source_date_epoch());
  GANTRY_TRY(const auto rootfs, content::build_rootfs(request, [](std::string_view line) {
               fmt::print(stderr, "{}\n", line);
               std::fflush(stderr);
             }));
  if (rootfs.changed) {
    fmt::print("rootfs {}: {}, {}{}\n", request.output.stem().stem().native(),
               base::format_bytes(std::filesystem::file_size(request.output)),
               rootfs.digest.text().substr(0, 19), rootfs.from_cache ? ", from the cache" : "");
  }
  return kSuccess;
}

}  // namespace

void add_rootfs_build(CLI::App& rootfs, Action& action) {
  auto* command = rootfs.add_subcommand(
      "build", "Make a Debian root file system with mmdebstrap, reproducibly");
  command->footer(
      "The same packages at the same state of the mirror give the same bytes; SOURCE_DATE_EPOCH\n"
      "is honoured. The result is cached: offline, the last one of the same request is taken.\n\n"
      "Example:\n  gantry rootfs build --suite bookworm --package ca-certificates "
      "--output debian.rootfs.tar");
  struct Arguments {
    content::RootfsRequest request;
    std::filesystem::path store;
  };
  auto arguments = std::make_shared<Arguments>();
  auto& request = arguments->request;
  command->add_option("--suite", request.suite, "Release, such as bookworm")->required();
  command->add_option("--package", request.packages, "A package beyond those of the variant");
  command->add_option("--variant", request.variant, "mmdebstrap's word for what comes anyway")
      ->capture_default_str();
  command->add_option("--architecture", request.architecture,
                      "Debian's name of it; default: this machine's");
  command->add_option("--mirror", request.mirror, "Default: what apt on this machine uses")
      ->type_name("URL");
  command->add_option("--store", arguments->store, "Where to cache if the user has no cache")
      ->type_name("DIR");
  command->add_option("--output", request.output, "The tar to write")
      ->type_name("FILE")
      ->required();
  command->add_option("--depfile", request.depfile, "Makefile rules that name every input")
      ->type_name("FILE");
  command->callback([&action, arguments] {
    action = [arguments] { return build(arguments->request, arguments->store); };
  });
}

}  // namespace gantry::cli
