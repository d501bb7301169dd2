#include "vm/disk/seed.hpp"

#include <filesystem>
#include <memory>

#include "base/file.hpp"
#include "oci/source_date_epoch.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace {

namespace fs = std::filesystem;
using base::Result;

struct Options {
  fs::path user_data;
  fs::path meta_data;
  fs::path network_config;
  fs::path vendor_data;
  std::string hostname;
  fs::path output;
};

Result<int> make(const Options& options) {
  Seed seed;
  seed.hostname = options.hostname;
  const auto read = [](const fs::path& file, std::string& into) -> Result<void> {
    if (!file.empty()) {
      GANTRY_TRY(into, base::read_file(file));
    }
    return {};
  };
  GANTRY_CHECK(read(options.user_data, seed.user_data));
  GANTRY_CHECK(read(options.meta_data, seed.meta_data));
  GANTRY_CHECK(read(options.network_config, seed.network_config));
  GANTRY_CHECK(read(options.vendor_data, seed.vendor_data));
  GANTRY_TRY(const auto time, oci::source_date_epoch());
  GANTRY_TRY(const auto image, make_seed(seed, time.value_or(0)));
  GANTRY_TRY(const bool changed, base::write_file_if_changed(options.output, image));
  static_cast<void>(changed);
  return 0;
}

}  // namespace

void add_seed(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command =
      app.add_subcommand("seed", "Make the CD that cloud-init in a guest reads at its first boot");
  command->footer(
      "It goes into the guest's description as a cdrom.\n\n"
      "Example:\n  gantry vm seed --user-data setup.yaml --hostname box --output seed.iso");
  command->add_option("--user-data", options->user_data, "#cloud-config, or a script")
      ->type_name("FILE");
  command
      ->add_option("--meta-data", options->meta_data,
                   "Default: an instance-id that follows from the rest, and the host name")
      ->type_name("FILE");
  command->add_option("--network-config", options->network_config, "Of version 1 or 2")
      ->type_name("FILE");
  command
      ->add_option("--vendor-data", options->vendor_data, "As user data, but of the image's maker")
      ->type_name("FILE");
  command->add_option("--hostname", options->hostname, "Of the guest");
  command->add_option("--output", options->output, "The image to write")
      ->required()
      ->type_name("FILE");
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace gantry::vm
