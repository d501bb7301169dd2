#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/warning.hpp"
#include "oci/build.hpp"
#include "oci/image.hpp"
#include "oci/image_index.hpp"
#include "oci/layout.hpp"
#include "oci/source_date_epoch.hpp"

namespace gantry::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSpec = std::uint64_t{4} << 20;

/// An option that stands for a key of the spec.
struct KeyOption {
  const char* option;
  const char* key;
  const char* argument;
  const char* description;
};

constexpr std::array kKeyOptions = {
    KeyOption{"--name", "name", "NAME", "What messages call the image"},
    KeyOption{"--rootfs", "rootfs", "FILE", "A root file system (tar) as the lowest layer"},
    KeyOption{"--platform", "platform", "OS/ARCH",
              "Default: the base's, or this machine's; several make an index"},
    KeyOption{"--prebuilt", "prebuilt", "PATH=PLACE",
              "A file built elsewhere; {os}, {arch}, {variant}, {version} in PATH"},
    KeyOption{"--compression", "compression", "NAME", "gzip, gzip-dense, zstd or none"},
    KeyOption{"--entrypoint", "entrypoint", "ARG", "The program and its fixed arguments"},
    KeyOption{"--cmd", "cmd", "ARG", "Arguments that a user may replace"},
    KeyOption{"--env", "env", "NAME=VALUE", "A variable; $NAME expands against the base's"},
    KeyOption{"--user", "user", "USER", "Name or number, with :GROUP if you like"},
    KeyOption{"--workdir", "workdir", "DIR", "Where programs start"},
    KeyOption{"--port", "port", "PORT", "A port that the image listens on: 8080 or 53/udp"},
    KeyOption{"--volume", "volume", "DIR", "A directory for data that outlives containers"},
    KeyOption{"--stop-signal", "stop-signal", "SIGNAL", "What asks the program to end"},
    KeyOption{"--label", "label", "KEY=VALUE", "A label of the configuration"},
    KeyOption{"--annotation", "annotation", "KEY=VALUE", "An annotation of the manifest"},
};

struct Request {
  std::string spec;
  std::string store;
  std::string output;
  std::string depfile;
  std::vector<std::string> directories;
  std::string base;
  std::string to;
  std::map<std::string, std::vector<std::string>> keys;
  unsigned threads = 0;
  bool quiet = false;
  bool json = false;
};

base::Result<std::optional<oci::UserCache>> user_cache() {
  return oci::UserCache::from_environment();
}

base::Result<oci::BuiltImage> build(const Request& request, const oci::ImageSpec& spec,
                                    const oci::BlobStore& store, const oci::UserCache* cache) {
  oci::BuildOptions options;
  options.threads = request.threads;
  options.cache = cache;
  options.store_is_temporary = request.store.empty();
  GANTRY_TRY(options.epoch, oci::source_date_epoch());
  if (!request.quiet && isatty(STDERR_FILENO) != 0) {
    options.progress = [](std::string label, std::uint64_t total) {
      return base::make_progress(std::move(label), total);
    };
  }
  GANTRY_TRY(auto built, spec.platforms.size() > 1 ? oci::build_index(spec, store, options)
                                                   : oci::build_image(spec, store, options));
  for (const auto& warning : built.warnings) {
    print_warning(warning);
  }
  return built;
}

void report(const Request& request, const oci::ImageSpec& spec, const oci::BuiltImage& built,
            bool changed) {
  const auto digest = built.manifest.digest.text();
  if (request.json) {
    const nlohmann::json value = {{"name", spec.name},           {"digest", digest},
                                  {"layers", built.layers},      {"rebuilt", built.rebuilt},
                                  {"size", built.manifest.size}, {"changed", changed}};
    fmt::print("{}\n", value.dump());
  } else if (changed && !request.quiet) {
    fmt::print("image {}: {} {}, {} rebuilt, {}\n", spec.name, built.layers,
               built.layers == 1 ? "layer" : "layers", built.rebuilt, digest.substr(0, 19));
  }
}

/// The path with `.digest` for `.image`.
fs::path digest_file(fs::path output) {
  return output.replace_extension(".digest");
}

base::Result<int> build_from_spec(const Request& request) {
  GANTRY_TRY(const auto text, base::read_file(request.spec, kMaxSpec));
  GANTRY_TRY(const auto spec, oci::parse_spec(text, request.spec));
  GANTRY_TRY(const auto store, open_store(request.store));
  GANTRY_TRY(const auto cache, user_cache());
  GANTRY_TRY(auto built, build(request, spec, store, cache ? &*cache : nullptr));
  if (!request.depfile.empty()) {
    built.inputs.emplace_back(request.spec);
    const auto depfile = base::make_depfile(request.output, built.inputs);
    GANTRY_CHECK(base::write_file(request.depfile, depfile.text));
    warn_of_unsafe_names(depfile);
  }
  GANTRY_TRY(const bool changed,
             oci::write_image_file(request.output, store.blobs().root(), built.manifest));
  GANTRY_TRY(const bool digest_changed,
             base::write_file_if_changed(digest_file(request.output),
                                         built.manifest.digest.text() + "\n"));
  report(request, spec, built, changed || digest_changed);
  return kSuccess;
}

/// "oci:dir:tag", "docker-archive:file", "app.image", "scratch" as a spec has them.
std::string base_value(const std::string& reference) {
  if (reference.starts_with("oci:")) {
    return "oci " + reference.substr(4);
  }
  if (reference.starts_with("docker-archive:")) {
    return "docker-archive " + reference.substr(15);
  }
  return (reference == "scratch"          ? ""
          : reference.ends_with(".image") ? "image "
                                          : "oci ") +
         reference;
}

base::Result<oci::ImageSpec> spec_by_hand(const Request& request) {
  oci::ImageSpec spec;
  spec.name = fs::absolute(request.directories.empty() ? "." : request.directories.back())
                  .lexically_normal()
                  .filename()
                  .native();
  for (const auto& option : kKeyOptions) {
    const auto values = request.keys.find(option.key);
    if (values == request.keys.end()) {
      continue;
    }
    for (const auto& value : values->second) {
      if (auto assigned = oci::assign(spec, option.key, value); !assigned) {
        auto error = std::move(assigned).error();
        error.where = option.option;
        return error;
      }
    }
  }
  GANTRY_CHECK(oci::assign(spec, "base", request.base.empty() ? "" : base_value(request.base)));
  for (const auto& directory : request.directories) {
    spec.layers.push_back({"", "", directory});
  }
  return spec;
}

/// "oci:DIR[:TAG]".
base::Result<oci::LayoutReference> parse_destination(const std::string& text) {
  GANTRY_TRY(auto destination, oci::parse_layout_reference(text));
  if (!text.starts_with("oci:") || destination.directory.empty() || !destination.digest.empty()) {
    return base::Error{fmt::format("'{}' is no place for an image", base::printable(text)), "--to",
                       "write oci:DIR or oci:DIR:TAG"};
  }
  return destination;
}

/// Builds in a store beside the layout's blobs (or in one that is kept), and links them over.
base::Result<int> build_by_hand(const Request& request) {
  GANTRY_TRY(const auto destination, parse_destination(request.to));
  GANTRY_TRY(const auto spec, spec_by_hand(request));
  GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
  GANTRY_TRY(const auto scratch, base::TempDir::create_under(destination.directory));
  GANTRY_TRY(const auto store,
             open_store(request.store.empty() ? scratch.path() : fs::path(request.store)));
  GANTRY_TRY(const auto built, build(request, spec, store, nullptr));
  GANTRY_TRY(const auto manifests, oci::manifests_below(store.blobs(), built.manifest));
  for (const auto& manifest : manifests) {
    GANTRY_TRY(const auto image, oci::read_image(store.blobs(), manifest));
    for (const auto& layer : image.manifest.layers) {
      GANTRY_CHECK(
          oci::adopt_blob(layout.blobs(), scratch.path(), store.blobs(), layer, oci::Check::kSize));
    }
  }
  std::vector<std::string> tags;
  if (!destination.tag.empty()) {
    tags.push_back(destination.tag);
  }
  GANTRY_TRY(const bool changed, layout.publish(store.blobs(), built.manifest, tags));
  report(request, spec, built, changed);
  return kSuccess;
}

/// The two forms of the command do not mix.
void check_form(const Request& request) {
  bool by_hand = !request.directories.empty() || !request.base.empty() || !request.to.empty();
  for (const auto& [key, values] : request.keys) {
    by_hand = by_hand || !values.empty();
  }
  if (request.spec.empty() ? request.to.empty() || !request.output.empty()
                           : by_hand || request.store.empty() || request.output.empty()) {
    throw CLI::ValidationError(
        "give --spec, --store and --output, or --to with --layer, --base and what else the image "
        "should have");
  }
}

}  // namespace

void add_image_build(CLI::App& image, Action& action) {
  auto* command = image.add_subcommand("build", "Build an image from a spec, or from directories");
  command->footer(
      "With --spec it is the command that gantry_add_image() runs.\n\n"
      "Example:\n  gantry image build --layer tree --entrypoint /usr/bin/app --to oci:app:latest");
  auto request = std::make_shared<Request>();
  command->add_option("--spec", request->spec, "The image's spec file")->type_name("FILE");
  command->add_option("--store", request->store, "The blob store of the build tree")
      ->type_name("DIR");
  command->add_option("--output", request->output, "The .image file to write")->type_name("FILE");
  command->add_option("--depfile", request->depfile, "A Makefile rule that names every input")
      ->type_name("FILE");
  command->add_option("--to", request->to, "The OCI layout to write, oci:DIR[:TAG]")
      ->type_name("REF");
  command->add_option("--layer", request->directories, "A directory that becomes a layer")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--base", request->base, "oci:DIR[:TAG], docker-archive:FILE or FILE.image")
      ->type_name("REF");
  for (const auto& option : kKeyOptions) {
    command->add_option(option.option, request->keys[option.key], option.description)
        ->type_name(option.argument)
        ->allow_extra_args(false);
  }
  command->add_option("--threads", request->threads, "For compression; 0: one per core");
  command->add_flag("--quiet", request->quiet, "Say nothing on success");
  command->add_flag("--json", request->json, "Print the result as JSON");
  command->callback([&action, request] {
    check_form(*request);
    action = [request] {
      return request->spec.empty() ? build_by_hand(*request) : build_from_spec(*request);
    };
  });
}

}  // namespace gantry::cli
