#include <memory>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/process.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  bool json = false;
  bool raw = false;
};

std::uint64_t compressed_size(const oci::Image& image) {
  return std::accumulate(
      image.manifest.layers.begin(), image.manifest.layers.end(), std::uint64_t{0},
      [](std::uint64_t sum, const oci::Descriptor& layer) { return sum + layer.size; });
}

/// What made each layer, if the history says it for all of them; else nothing.
std::vector<std::string> layer_origins(const oci::Image& image) {
  std::vector<std::string> origins;
  for (const auto& entry : image.config.history) {
    if (!entry.empty_layer) {
      origins.push_back(entry.created_by.empty() ? entry.comment : entry.created_by);
    }
  }
  if (origins.size() != image.manifest.layers.size()) {
    origins.assign(image.manifest.layers.size(), "");
  }
  return origins;
}

/// "30s", "1m30s", "1.5s": as Dockerfiles have it.
std::string duration(std::int64_t nanoseconds) {
  constexpr std::int64_t kSecond = 1000000000;
  if (nanoseconds % kSecond != 0) {
    return fmt::format("{}s", static_cast<double>(nanoseconds) / static_cast<double>(kSecond));
  }
  const auto seconds = nanoseconds / kSecond;
  if (seconds < 60 || seconds % 60 != 0) {
    return seconds < 60 ? fmt::format("{}s", seconds)
                        : fmt::format("{}m{}s", seconds / 60, seconds % 60);
  }
  return fmt::format("{}m", seconds / 60);
}

std::string healthcheck_text(const oci::Healthcheck& check) {
  auto text = base::shell_quoted(check.test);
  const auto add = [&](std::string_view name, std::int64_t value) {
    if (value != 0) {
      text += fmt::format(" {}={}", name, duration(value));
    }
  };
  add("interval", check.interval);
  add("timeout", check.timeout);
  add("start-period", check.start_period);
  if (check.retries != 0) {
    text += fmt::format(" retries={}", check.retries);
  }
  return text;
}

/// Lines of "name  value".
class Fields {
 public:
  /// Nothing if the value is empty.
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      text_ += fmt::format("{:<12} {}\n", name, base::printable(value));
    }
  }

  /// The name before the first value only.
  void add(std::string_view name, const std::vector<std::string>& values) {
    for (const auto& value : values) {
      add(name, value);
      name = "";
    }
  }

  void add(std::string_view name, const oci::Annotations& values) {
    std::vector<std::string> lines;
    for (const auto& [key, value] : values) {
      lines.push_back(key + "=" + value);
    }
    add(name, lines);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string layer_table(const oci::Image& image) {
  const auto origins = layer_origins(image);
  if (origins.empty()) {
    return "";
  }
  auto text = fmt::format("\n{:>5}  {:<19}  {:>8}  {}\n", "LAYER", "DIGEST", "SIZE", "CREATED BY");
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const auto& layer = image.manifest.layers[i];
    text += fmt::format("{:>5}  {:.19}  {:>8}  {}\n", i + 1, layer.digest.text(),
                        base::format_bytes(layer.size), base::printable(origins[i]));
  }
  return text;
}

std::string describe(const Options& options, const oci::Image& image) {
  const auto& config = image.config;
  const auto layers = image.manifest.layers.size();
  Fields fields;
  fields.add("image", options.image);
  fields.add("digest", image.descriptor.digest.text());
  fields.add("platform", config.platform.text());
  fields.add("created", config.created ? base::format_time(*config.created) : "");
  fields.add("author", config.author);
  fields.add("size", fmt::format("{} in {} layer{}", base::format_bytes(compressed_size(image)),
                                 layers, layers == 1 ? "" : "s"));
  fields.add("entrypoint", base::shell_quoted(config.entrypoint));
  fields.add("cmd", base::shell_quoted(config.cmd));
  fields.add("user", config.user);
  fields.add("workdir", config.working_dir);
  fields.add("env", config.env);
  fields.add("port", config.exposed_ports);
  fields.add("volume", config.volumes);
  fields.add("stop signal", config.stop_signal);
  fields.add("healthcheck", config.healthcheck ? healthcheck_text(*config.healthcheck) : "");
  fields.add("label", config.labels);
  fields.add("annotation", image.manifest.annotations);
  return fields.text() + layer_table(image);
}

base::Result<std::string> as_json(const oci::Image& image) {
  const auto parsed = [&](const oci::Descriptor& document) -> base::Result<nlohmann::json> {
    GANTRY_TRY(const auto text, image.blobs.read_document(document));
    GANTRY_TRY(const auto json, oci::JsonDocument::parse(text, document.digest.text()));
    return json.json();
  };
  nlohmann::json value = {{"digest", image.descriptor.digest.text()},
                          {"mediaType", image.descriptor.media_type},
                          {"platform", image.config.platform.text()},
                          {"size", compressed_size(image)},
                          {"layers", nlohmann::json::array()}};
  const auto origins = layer_origins(image);
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const auto& layer = image.manifest.layers[i];
    value["layers"].push_back({{"digest", layer.digest.text()},
                               {"diffId", image.config.diff_ids[i].text()},
                               {"mediaType", layer.media_type},
                               {"size", layer.size},
                               {"annotations", layer.annotations},
                               {"createdBy", origins[i]}});
  }
  GANTRY_TRY(value["manifest"], parsed(image.descriptor));
  GANTRY_TRY(value["config"], parsed(image.manifest.config));
  return oci::canonical(value) + "\n";
}

base::Result<int> inspect(const Options& options) {
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  if (options.raw) {
    GANTRY_TRY(const auto text, image.blobs.read_document(image.descriptor));
    GANTRY_CHECK(print(text));
  } else if (options.json) {
    GANTRY_TRY(const auto text, as_json(image));
    GANTRY_CHECK(print(text));
  } else {
    GANTRY_CHECK(print(describe(options, image)));
  }
  return kSuccess;
}

}  // namespace

void add_image_inspect(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("inspect", "Show what an image is: configuration and layers");
  command->footer(
      "The manifest and the configuration are verified; layers are not opened (see gantry image "
      "layout).\n\n"
      "Example:\n  gantry image inspect oci:build/gantry/published/app:latest");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "FILE.image, oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--platform", options->platform, "Which image of an index: os/arch[/variant]")
      ->type_name("PLATFORM");
  auto* json = command->add_flag("--json", options->json,
                                 "Print JSON, with manifest and configuration as they are");
  command->add_flag("--raw", options->raw, "Print the manifest, byte by byte")->excludes(json);
  command->callback([&action, options] { action = [options] { return inspect(*options); }; });
}

}  // namespace gantry::cli
