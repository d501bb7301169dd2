#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/standard_output.hpp"
#include "oci/unpack.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string directory;
  std::string platform;
  std::string max_size = "64G";
  bool no_owners = false;
  bool json = false;
  oci::UnpackOptions unpack;
};

std::string json_of(const oci::Unpacked& done) {
  const nlohmann::json document = {{"entries", done.entries},
                                   {"bytes", done.bytes},
                                   {"skippedDevices", done.skipped_devices},
                                   {"skippedXattrs", done.skipped_xattrs},
                                   {"owners", done.kept_owners}};
  return document.dump(2) + "\n";
}

std::string text_of(const oci::Unpacked& done, std::string_view directory) {
  auto text = fmt::format("unpacked {} entries ({}) into {}", done.entries,
                          base::format_bytes(done.bytes), directory);
  if (!done.kept_owners) {
    text += ", owned by the caller";
  }
  if (done.skipped_devices > 0) {
    text += fmt::format(", without {} device nodes", done.skipped_devices);
  }
  if (done.skipped_xattrs > 0) {
    text += fmt::format(", without {} extended attributes", done.skipped_xattrs);
  }
  return text + "\n";
}

base::Result<int> unpack(Options options) {
  const auto max_bytes = base::parse_byte_size(options.max_size);
  if (!max_bytes) {
    return base::Error{fmt::format("'{}' is not a size", base::printable(options.max_size)),
                       "--max-size", "for example 500M or 64G"};
  }
  options.unpack.max_bytes = *max_bytes;
  if (options.no_owners) {
    options.unpack.ownership = oci::Ownership::kSkip;
  }
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  GANTRY_TRY(const auto done, oci::unpack(image, options.directory, options.unpack));
  GANTRY_CHECK(print(options.json ? json_of(done) : text_of(done, options.directory)));
  return kSuccess;
}

}  // namespace

void add_image_unpack(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("unpack", "Write the files of an image into a directory");
  command->footer(
      "Nothing is written before every layer has been verified, and nothing ever outside of the "
      "directory. Owners, set-user-ID bits and file capabilities are kept if root unpacks.\n\n"
      "Example:\n  gantry image unpack oci:published/app:1.0 /tmp/app");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "A .image file, or an OCI layout oci:DIR[:TAG]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("directory", options->directory, "Made if it is not there, else empty")
      ->type_name("DIR")
      ->required();
  static const std::map<std::string, oci::Devices> kDevices = {{"refuse", oci::Devices::kRefuse},
                                                               {"skip", oci::Devices::kSkip},
                                                               {"create", oci::Devices::kCreate}};
  command->add_option("--devices", options->unpack.devices, "What to do with device nodes")
      ->transform(CLI::Transformer(kDevices))
      ->type_name("refuse|skip|create");
  command->add_flag("--no-owners", options->no_owners, "Leave everything to the caller");
  command->add_option("--max-size", options->max_size, "The most that all files may take")
      ->type_name("SIZE")
      ->capture_default_str();
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return unpack(*options); }; });
}

}  // namespace gantry::cli
