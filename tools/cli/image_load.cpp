#include <algorithm>
#include <cctype>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/image_name.hpp"
#include "cli/local_image.hpp"
#include "cli/publish_tags.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/reference.hpp"
#include "runtime/engine.hpp"
#include "runtime/load.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string engine = "auto";
  std::string name;
  std::string platform;
  TagOptions tags;
  bool json = false;
};

bool is_name(const std::string& text) {
  if (!registry::has_host(text)) {
    return registry::is_repository(text);
  }
  const auto reference = registry::parse_reference(text);
  return reference && reference->tag.empty() && !reference->digest;
}

base::Result<void> check_name(const std::string& text, std::string_view option) {
  if (is_name(text)) {
    return {};
  }
  return base::Error{fmt::format("'{}' is no name for an image", base::printable(text)),
                     std::string(option),
                     "a name is a path in lower case, with or without a host: app, ghcr.io/me/app"};
}

/// Whether it is NAME:TAG, which is not of the --name.
bool is_whole(const std::string& tag) {
  return tag.find_first_of(":/") != std::string::npos;
}

base::Result<void> check_whole(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || !oci::is_tag(text.substr(colon + 1))) {
    return base::Error{fmt::format("'{}' has no tag", base::printable(text)), "--tag",
                       "give TAG, or NAME:TAG"};
  }
  return check_name(text.substr(0, colon), "--tag");
}

/// All names as NAME:TAG. The floating tags among them always move: what an engine has is what was
/// built here last.
base::Result<std::vector<std::string>> names_of(const Options& options, const oci::Image& image) {
  std::vector<std::string> names;
  auto tags = options.tags;
  tags.tags.clear();
  for (const auto& tag : options.tags.tags) {
    if (is_whole(tag)) {
      GANTRY_CHECK(check_whole(tag));
      names.push_back(tag);
    } else {
      tags.tags.push_back(tag);
    }
  }
  GANTRY_TRY(auto planned, plan(tags));
  if (planned.empty() && names.empty()) {
    planned.push_back({"latest"});
  }
  if (planned.empty()) {
    return names;
  }
  auto name = options.name.empty() ? image_name(options.image, image) : options.name;
  if (options.name.empty()) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  GANTRY_CHECK(check_name(name, "--name"));
  for (const auto& tag : planned) {
    names.push_back(fmt::format("{}:{}", name, tag.name));
  }
  return names;
}

/// "image app: loaded into docker as app:latest, 1 of 4 layers sent, 1.2 MB, sha256:ab12cd34ef56".
std::string summary(const runtime::Loaded& loaded, const oci::Image& image, const std::string& name,
                    const std::string& engine, const std::vector<std::string>& names) {
  const auto known =
      fmt::format("image {}: {} {} as {}", name, loaded.was_there ? "already in" : "loaded into",
                  engine, fmt::join(names, " "));
  const auto sent = loaded.was_there ? std::string()
                                     : fmt::format(", {} of {} layers sent, {}", loaded.sent_layers,
                                                   image.manifest.layers.size(),
                                                   base::format_bytes(loaded.sent_bytes));
  return fmt::format("{}{}, {}", known, sent, image.manifest.config.digest.text().substr(0, 19));
}

base::Result<int> load(const Options& options) {
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  GANTRY_TRY(const auto names, names_of(options, image));
  GANTRY_TRY(const auto engine, runtime::choose_engine(options.engine));
  const auto name = image_name(options.image, image);
  GANTRY_TRY(const auto loaded,
             runtime::load_image(
                 engine.name(), image,
                 {.names = names, .warn = print_warning, .progress = [&](std::uint64_t total) {
                    return base::make_progress("load " + name, total);
                  }}));
  const auto as_json = [&] {
    return oci::canonical({{"engine", engine.name()},
                           {"names", names},
                           {"digest", image.descriptor.digest.text()},
                           {"image", image.manifest.config.digest.text()},
                           {"changed", !loaded.was_there},
                           {"layers", image.manifest.layers.size()},
                           {"sentLayers", loaded.sent_layers},
                           {"sentBytes", loaded.sent_bytes}});
  };
  GANTRY_CHECK(print(
      (options.json ? as_json() : summary(loaded, image, name, engine.name(), names)) + "\n"));
  return kSuccess;
}

}  // namespace

void add_image_load(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("load", "Load an image into docker or podman");
  command->footer(
      "Only layers that no image of the engine has are sent, as a stream; of an image that is "
      "there "
      "already, only the tags are set. Tags that other images have move here, floating ones too. "
      "docker with containerd's image store gets everything, always. auto takes docker if its "
      "daemon answers, else podman.\n\n"
      "Example:\n  gantry image load build/gantry/images/app.image --tag 1.2.0 --tag latest\n"
      "  gantry image load oci:published --engine podman --tag ghcr.io/me/app:1.2.0");
  auto options = std::make_shared<Options>();
  command
      ->add_option("image", options->image,
                   "FILE.image, oci:DIR[:TAG|@DIGEST], docker-archive:FILE")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--engine", options->engine, "What to load it into")
      ->envname("GANTRY_ENGINE")
      ->check(CLI::IsMember({"auto", "docker", "podman"}))
      ->capture_default_str();
  command->add_option("--name", options->name, "What it is called there; default: its title")
      ->type_name("NAME");
  options->tags.add_to(*command,
                       "A tag for it, or NAME:TAG; may be given more than once; default: "
                       "latest");
  command
      ->add_option("--platform", options->platform,
                   "Which image of an index: os/architecture[/variant]; default: this machine's")
      ->type_name("PLATFORM");
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return load(*options); }; });
}

}  // namespace gantry::cli
