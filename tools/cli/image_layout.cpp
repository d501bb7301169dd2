#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "oci/json_document.hpp"
#include "oci/layout_check.hpp"

namespace gantry::cli {

namespace {

std::string platform_text(const oci::Descriptor& descriptor) {
  return descriptor.platform ? descriptor.platform->text() : "";
}

std::string as_json(const oci::LayoutReport& report) {
  nlohmann::json value = {{"valid", report.problems.empty()},
                          {"tags", nlohmann::json::array()},
                          {"images", report.images},
                          {"blobs", report.blobs},
                          {"bytes", report.bytes},
                          {"problems", nlohmann::json::array()},
                          {"unreferenced", nlohmann::json::array()}};
  for (const auto& tag : report.tags) {
    value["tags"].push_back({{"tag", tag.name},
                             {"digest", tag.descriptor.digest.text()},
                             {"mediaType", tag.descriptor.media_type},
                             {"platform", platform_text(tag.descriptor)}});
  }
  for (const auto& problem : report.problems) {
    value["problems"].push_back({{"where", problem.where}, {"what", problem.what}});
  }
  for (const auto& blob : report.unreferenced) {
    value["unreferenced"].push_back({{"digest", blob.digest.text()}, {"size", blob.size}});
  }
  return oci::canonical(value) + "\n";
}

std::string as_text(const std::string& directory, const oci::LayoutReport& report) {
  std::string text;
  for (const auto& tag : report.tags) {
    text +=
        fmt::format("{:<20} {}  {}\n", tag.name.empty() ? "(no tag)" : base::printable(tag.name),
                    tag.descriptor.digest.text(), platform_text(tag.descriptor));
  }
  for (const auto& blob : report.unreferenced) {
    text +=
        fmt::format("unreferenced: {} ({})\n", blob.digest.text(), base::format_bytes(blob.size));
  }
  for (const auto& problem : report.problems) {
    text += fmt::format("problem: {}: {}\n", base::printable(problem.where), problem.what);
  }
  const auto count = report.problems.size();
  text +=
      fmt::format("{}: {} image{}, {} blobs, {}: {}\n", directory, report.images,
                  report.images == 1 ? "" : "s", report.blobs, base::format_bytes(report.bytes),
                  count == 0 ? "valid" : fmt::format("{} problem{}", count, count == 1 ? "" : "s"));
  return text;
}

}  // namespace

void add_image_layout(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand(
      "layout", "Check an OCI image layout: every document, blob, digest and layer");
  command->footer(
      "Lists the tags, the blobs that nothing refers to, and all that is wrong; fails if "
      "anything is.\n\n"
      "Example:\n  gantry image layout build/gantry/published/app");
  struct Options {
    std::string directory;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("directory", options->directory, "The layout")->type_name("DIR")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] {
    action = [options]() -> base::Result<int> {
      GANTRY_TRY(const auto report, oci::check_layout(options->directory));
      GANTRY_CHECK(print(options->json ? as_json(report) : as_text(options->directory, report)));
      return report.problems.empty() ? kSuccess : kFailure;
    };
  });
}

}  // namespace gantry::cli
