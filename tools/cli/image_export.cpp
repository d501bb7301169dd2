#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "oci/export.hpp"
#include "oci/temporary_file.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string output = "-";
  std::string platform;
};

base::Result<void> export_to_file(const oci::Image& image, const std::filesystem::path& path) {
  const auto parent = path.parent_path();
  GANTRY_TRY(auto file, oci::TemporaryFile::create(parent.empty() ? "." : parent,
                                                   oci::TemporaryFile::Kind::kNamed));
  GANTRY_TRY(const auto done, oci::export_image(image, file.fd(), path));
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(file.fd(), 0666 & ~mask) != 0) {
    return base::errno_error("set the mode of", path);
  }
  GANTRY_CHECK(file.replace(path));
  fmt::print(stderr, "exported {} entries ({}) to {}\n", done.entries,
             base::format_bytes(done.bytes), path.native());
  return {};
}

base::Result<int> export_image(const Options& options) {
  if (options.output != "-") {
    GANTRY_TRY(const auto image, open_image(options.image, options.platform));
    GANTRY_CHECK(export_to_file(image, options.output));
    return kSuccess;
  }
  if (isatty(STDOUT_FILENO) != 0) {
    return base::Error{"an archive is nothing to write to a terminal", "",
                       "name a file with -o, or pipe it: gantry image export IMAGE | tar -t"};
  }
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  GANTRY_CHECK(oci::export_image(image, STDOUT_FILENO, "standard output"));
  return kSuccess;
}

}  // namespace

void add_image_export(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("export", "Write the files of an image as one tar archive");
  command->footer(
      "All layers become one, without whiteouts; the same image gives the same bytes.\n\n"
      "Example:\n  gantry image export oci:published/app:1.0 -o app.tar");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "A .image file, or an OCI layout oci:DIR[:TAG]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("-o,--output", options->output, "The archive; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command->callback([&action, options] { action = [options] { return export_image(*options); }; });
}

}  // namespace gantry::cli
