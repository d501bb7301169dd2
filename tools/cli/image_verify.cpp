#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "oci/image.hpp"
#include "oci/source_date_epoch.hpp"
#include "oci/verify.hpp"

namespace gantry::cli {

namespace {

namespace fs = std::filesystem;

struct Request {
  std::string image;
  std::string against;
  bool json = false;
};

void report(const Request& request, const oci::Verified& verified) {
  const auto digest = verified.digest.text();
  const auto& difference = verified.difference;
  if (request.json) {
    nlohmann::json value = {{"digest", digest}, {"equal", !difference}};
    if (difference) {
      value["difference"] = {{"place", difference->place},
                             {"path", base::printable(difference->path)},
                             {"how", difference->how}};
    }
    fmt::print("{}\n", value.dump());
  } else if (!difference) {
    fmt::print("{}\n", digest);
  } else {
    fmt::print(stderr, "gantry: {} {}: {}{}{}{}\n", request.image,
               request.against.empty() ? "is not what a second build gives"
                                       : "differs from " + request.against,
               difference->place, difference->path.empty() ? "" : ": ",
               base::printable(difference->path), ": " + difference->how);
  }
}

/// Both files of an image target, whichever of them is named.
base::Result<oci::Verified> build_again(const Request& request) {
  const auto spec_path = fs::path(request.image).replace_extension(".spec");
  const auto image_path = fs::path(request.image).replace_extension(".image");
  if (!fs::exists(image_path)) {
    return base::Error{"the image has not been built yet", image_path.native(),
                       "build its target first"};
  }
  GANTRY_TRY(const auto text, base::read_file(spec_path));
  GANTRY_TRY(auto spec, oci::parse_spec(text, spec_path.native()));
  GANTRY_TRY(const auto image, open_image(image_path.native()));
  GANTRY_TRY(const auto epoch, oci::source_date_epoch());
  return oci::verify_image(std::move(spec), image, epoch);
}

base::Result<oci::Verified> compare(const Request& request) {
  GANTRY_TRY(const auto first, open_image(request.image));
  GANTRY_TRY(const auto second, open_image(request.against));
  GANTRY_TRY(auto difference, oci::first_difference(first, second));
  return oci::Verified{first.descriptor.digest, std::move(difference)};
}

}  // namespace

void add_image_verify(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("verify", "Build an image once more, and show that it is the same");
  command->footer(
      "Prints the digest if it is, else (exit code 1) the first tar entry that differs and how.\n\n"
      "Example:\n  gantry image verify build/gantry/images/app.image\n"
      "  gantry image verify a/gantry/images/app.image --against b/gantry/images/app.image");
  auto request = std::make_shared<Request>();
  command->add_option("image", request->image, "The .image or .spec file of an image target")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--against", request->against,
                   "Compare with this image instead of building; either may be any image")
      ->type_name("REF");
  command->add_flag("--json", request->json, "Print the result as JSON");
  command->callback([&action, request] {
    action = [request]() -> base::Result<int> {
      GANTRY_TRY(const auto verified,
                 request->against.empty() ? build_again(*request) : compare(*request));
      report(*request, verified);
      return verified.difference ? kFailure : kSuccess;
    };
  });
}

}  // namespace gantry::cli
