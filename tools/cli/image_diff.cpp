#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/standard_output.hpp"
#include "oci/diff.hpp"

namespace gantry::cli {

namespace {

using Kind = oci::FileChange::Kind;

struct Options {
  std::string before;
  std::string after;
  std::string platform;
  oci::DiffOptions diff;
  bool json = false;
};

/// Digests as people quote them.
std::string shown(std::string_view value) {
  constexpr std::size_t kShort = 7 + 12;
  const bool digest = value.starts_with("sha256:") && value.size() == 7 + 64;
  return digest ? std::string(value.substr(0, kShort)) : base::printable(value);
}

std::string config_line(const oci::Change& change) {
  const auto name = base::printable(change.name);
  if (!change.before) {
    return fmt::format("  + {} {}\n", name, shown(*change.after));
  }
  if (!change.after) {
    return fmt::format("  - {} {}\n", name, shown(*change.before));
  }
  return fmt::format("  ~ {} {} -> {}\n", name, shown(*change.before), shown(*change.after));
}

std::string file_line(const oci::FileChange& file) {
  const auto path = "/" + base::printable(file.path);
  if (file.kind != Kind::kChanged) {
    return fmt::format("  {} {}\n", file.kind == Kind::kAdded ? '+' : '-', path);
  }
  std::vector<std::string> parts;
  for (const auto& change : file.changes) {
    parts.push_back(fmt::format("{} {} -> {}", base::printable(change.name),
                                shown(change.before.value_or("none")),
                                shown(change.after.value_or("none"))));
  }
  return fmt::format("  ~ {}  {}\n", path, base::join(parts, ", "));
}

std::string text_of(const oci::ImageDiff& diff) {
  if (diff.same()) {
    return "no difference\n";
  }
  std::string text;
  if (!diff.config.empty()) {
    text += "config\n";
    for (const auto& change : diff.config) {
      text += config_line(change);
    }
  }
  if (!diff.files.empty()) {
    text += "files\n";
    for (const auto& file : diff.files) {
      text += file_line(file);
    }
  }
  return text;
}

nlohmann::json to_json(const oci::Change& change) {
  const auto value = [](const std::optional<std::string>& text) {
    return text ? nlohmann::json(*text) : nlohmann::json();
  };
  return {{"name", change.name}, {"before", value(change.before)}, {"after", value(change.after)}};
}

std::string json_of(const oci::ImageDiff& diff) {
  nlohmann::json document = {{"same", diff.same()},
                             {"config", nlohmann::json::array()},
                             {"files", nlohmann::json::array()}};
  for (const auto& change : diff.config) {
    document["config"].push_back(to_json(change));
  }
  for (const auto& file : diff.files) {
    nlohmann::json item = {{"path", "/" + file.path},
                           {"kind", file.kind == Kind::kAdded     ? "added"
                                    : file.kind == Kind::kRemoved ? "removed"
                                                                  : "changed"},
                           {"changes", nlohmann::json::array()}};
    for (const auto& change : file.changes) {
      item["changes"].push_back(to_json(change));
    }
    document["files"].push_back(std::move(item));
  }
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

base::Result<int> diff(const Options& options) {
  GANTRY_TRY(const auto before, open_image(options.before, options.platform));
  GANTRY_TRY(const auto after, open_image(options.after, options.platform));
  GANTRY_TRY(const auto found, oci::diff_images(before, after, options.diff));
  GANTRY_CHECK(print(options.json ? json_of(found) : text_of(found)));
  return found.same() ? kSuccess : kFailure;
}

}  // namespace

void add_image_diff(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("diff", "Compare the configuration and the files of two images");
  command->footer(
      "Files are compared by type, mode, owner, time, content and extended attributes, whatever "
      "layers they are in. The exit code is 0 if nothing differs, 1 if something does.\n\n"
      "Example:\n  gantry image diff oci:published/app:1.0 build/gantry/images/app.image");
  auto options = std::make_shared<Options>();
  constexpr const char* kImage = "A .image file, or an OCI layout oci:DIR[:TAG]";
  command->add_option("before", options->before, kImage)->type_name("IMAGE")->required();
  command->add_option("after", options->after, kImage)->type_name("IMAGE")->required();
  command->add_flag("--ignore-times", options->diff.ignore_times,
                    "Do not compare times of files and of creation");
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return diff(*options); }; });
}

}  // namespace gantry::cli
