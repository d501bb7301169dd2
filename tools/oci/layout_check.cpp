#include "oci/layout_check.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "oci/config.hpp"
#include "oci/decoder.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "oci/manifest.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr int kMaximumDepth = 4;
constexpr std::string_view kNonDistributable = "application/vnd.oci.image.layer.nondistributable.";

bool is_layer(std::string_view type) {
  return type == media_type::kLayer || type == media_type::kLayerGzip ||
         type == media_type::kLayerZstd;
}

bool is_docker(std::string_view type) {
  return type.starts_with("application/vnd.docker.");
}

class Checker {
 public:
  explicit Checker(const BlobDirectory& blobs) : blobs_(blobs) {}

  void check_entries(const Index& index) {
    std::map<std::pair<std::string, std::string>, unsigned> tags;
    for (const auto& entry : index.manifests) {
      const auto name = entry.annotations.find(std::string(kRefName));
      report_.tags.push_back({name == entry.annotations.end() ? "" : name->second, entry});
      const auto& tag = report_.tags.back().name;
      const auto platform = entry.platform ? entry.platform->text() : "";
      if (!tag.empty() && ++tags[{tag, platform}] == 2) {
        problem(index_path(),
                fmt::format("the tag '{}' stands more than once", base::printable(tag)));
      }
      check_descriptor(entry, 0);
    }
  }

  void find_unreferenced() {
    const auto directory = blobs_.root() / "blobs" / "sha256";
    std::error_code failure;
    for (auto it = fs::directory_iterator(directory, failure);
         !failure && it != fs::directory_iterator(); it.increment(failure)) {
      const auto digest = Digest::parse("sha256:" + it->path().filename().native());
      if (!digest) {
        problem(it->path(), "this is not the name of a blob");
      } else if (!seen_.contains(*digest)) {
        Descriptor blob;
        blob.digest = *digest;
        std::error_code gone;
        const auto size = it->file_size(gone);
        blob.size = gone ? 0 : size;
        report_.unreferenced.push_back(std::move(blob));
      }
    }
    if (failure) {
      problem(directory, failure.message());
    }
    std::sort(report_.unreferenced.begin(), report_.unreferenced.end(),
              [](const Descriptor& a, const Descriptor& b) { return a.digest < b.digest; });
  }

  LayoutReport report() && { return std::move(report_); }

 private:
  fs::path index_path() const { return blobs_.root() / "index.json"; }

  void problem(const fs::path& where, std::string what) {
    LayoutProblem found{where.native(), std::move(what)};
    if (std::find(report_.problems.begin(), report_.problems.end(), found) ==
        report_.problems.end()) {
      report_.problems.push_back(std::move(found));
    }
  }
  void problem(const Descriptor& blob, std::string what) {
    problem(blobs_.path_of(blob.digest), std::move(what));
  }
  void problem(const base::Error& error) { problem(fs::path(error.where), error.what); }

  /// Counts a blob; true when it is met for the first time.
  bool meet(const Descriptor& blob) {
    if (!seen_.insert(blob.digest).second) {
      return false;
    }
    ++report_.blobs;
    report_.bytes += blob.size;
    return true;
  }

  void check_descriptor(const Descriptor& descriptor, int depth) {
    const bool first = meet(descriptor);
    if (media_type::is_index(descriptor.media_type)) {
      if (first) {
        check_index(descriptor, depth);
      }
    } else if (media_type::is_manifest(descriptor.media_type)) {
      check_manifest(descriptor, first);
    } else {
      check_bytes(descriptor);
    }
  }

  /// A document's text if the blob is good and says of itself what its descriptor says.
  std::optional<std::string> read(const Descriptor& descriptor) {
    auto text = blobs_.read_document(descriptor);
    if (!text) {
      problem(descriptor, text.error().what);
      return std::nullopt;
    }
    const auto document = JsonDocument::parse(*text, blobs_.path_of(descriptor.digest).native());
    if (!document) {
      problem(document.error());
      return std::nullopt;
    }
    std::string type = descriptor.media_type;
    if (read_optional(document->root(), "mediaType", &JsonValue::text, type) &&
        type != descriptor.media_type) {
      problem(descriptor, fmt::format("it says that it is of type '{}', its descriptor '{}'",
                                      base::printable(type), descriptor.media_type));
    }
    return *std::move(text);
  }

  void check_index(const Descriptor& descriptor, int depth) {
    if (depth == kMaximumDepth) {
      problem(descriptor, fmt::format("indexes are nested deeper than {} levels", kMaximumDepth));
      return;
    }
    const auto text = read(descriptor);
    if (!text) {
      return;
    }
    const auto index = parse_index(*text, blobs_.path_of(descriptor.digest).native());
    if (!index) {
      problem(index.error());
      return;
    }
    for (const auto& child : index->manifests) {
      check_descriptor(child, depth + 1);
    }
  }

  /// A second descriptor of the same manifest may still state another platform.
  void check_manifest(const Descriptor& descriptor, bool first) {
    const auto text = read(descriptor);
    if (!text) {
      return;
    }
    const auto manifest = parse_manifest(*text, blobs_.path_of(descriptor.digest).native());
    if (!manifest) {
      problem(manifest.error());
      return;
    }
    const bool is_image = manifest->config.media_type == media_type::kConfig;
    std::optional<Config> config;
    if (is_image) {
      config = read_config(descriptor, *manifest);
    } else if (meet(manifest->config)) {
      check_bytes(manifest->config);
    }
    if (!first) {
      return;
    }
    report_.images += is_image ? 1 : 0;
    if (is_image) {
      check_families(descriptor, *text);
    }
    for (std::size_t i = 0; i < manifest->layers.size(); ++i) {
      const auto& layer = manifest->layers[i];
      const bool known = config && config->diff_ids.size() == manifest->layers.size();
      check_layer(layer, is_image, known ? std::optional(config->diff_ids[i]) : std::nullopt);
    }
  }

  std::optional<Config> read_config(const Descriptor& descriptor, const Manifest& manifest) {
    const auto path = blobs_.path_of(manifest.config.digest);
    meet(manifest.config);
    const auto text = read(manifest.config);
    if (!text) {
      return std::nullopt;
    }
    auto config = parse_config(*text, path.native());
    if (!config) {
      problem(config.error());
      return std::nullopt;
    }
    const auto layers = manifest.layers.size();
    if (config->diff_ids.size() != layers) {
      problem(descriptor, fmt::format("{} layers, but {} diff_ids in its config", layers,
                                      config->diff_ids.size()));
    }
    const auto named = static_cast<std::size_t>(
        std::count_if(config->history.begin(), config->history.end(),
                      [](const HistoryEntry& entry) { return !entry.empty_layer; }));
    if (!config->history.empty() && named != config->diff_ids.size()) {
      problem(path, fmt::format("its history has {} entries for {} layers", named,
                                config->diff_ids.size()));
    }
    const auto& stated = descriptor.platform;
    if (stated && (stated->os != config->platform.os ||
                   stated->architecture != config->platform.architecture)) {
      problem(descriptor, fmt::format("it is for {}, but listed as {}", config->platform.text(),
                                      stated->text()));
    }
    return *std::move(config);
  }

  /// Runtimes refuse an image whose media types are partly Docker's and partly OCI's.
  void check_families(const Descriptor& descriptor, const std::string& text) {
    const auto document = JsonDocument::parse(text, "");
    const bool docker = is_docker(descriptor.media_type);
    const auto check = [&](const JsonValue& blob) {
      std::string type;
      if (read_optional(blob, "mediaType", &JsonValue::text, type) && is_docker(type) != docker) {
        problem(descriptor, fmt::format("it is of type '{}' and refers to '{}': Docker's types and "
                                        "OCI's do not go together",
                                        descriptor.media_type, base::printable(type)));
      }
    };
    const auto root = document->root();
    if (const auto config = root.member("config")) {
      check(*config);
    }
    if (const auto layers = root.member("layers")) {
      if (const auto elements = layers->elements(kMaximumDocument)) {
        std::for_each(elements->begin(), elements->end(), check);
      }
    }
  }

  void check_bytes(const Descriptor& blob) {
    if (const auto verified = blobs_.verify(blob); !verified) {
      problem(blob, verified.error().what);
    }
  }

  void check_layer(const Descriptor& layer, bool is_image, const std::optional<Digest>& diff_id) {
    meet(layer);
    if (!is_image) {
      check_bytes(layer);
      return;
    }
    if (layer.media_type.starts_with(kNonDistributable)) {
      if (blobs_.contains(layer)) {
        check_bytes(layer);
      }
      return;
    }
    if (!is_layer(layer.media_type)) {
      problem(layer, fmt::format("'{}' is not the media type of a layer", layer.media_type));
      return check_bytes(layer);
    }
    if (!checked_.emplace(layer.digest, diff_id.value_or(Digest())).second) {
      return;
    }
    if (const auto size = blobs_.open_blob(layer); !size) {
      problem(layer, size.error().what);
    } else if (const auto read = read_layer(layer, diff_id); !read) {
      problem(layer, read.error().what);
    }
  }

  Result<void> read_layer(const Descriptor& layer, const std::optional<Digest>& diff_id) {
    GANTRY_TRY(const auto stream, open_layer(blobs_, layer, diff_id));
    std::vector<std::byte> buffer(std::size_t{256} << 10);
    for (;;) {
      if (base::interrupted()) {
        return base::Error{"interrupted", "", ""};
      }
      GANTRY_TRY(const auto count, stream->read(buffer));
      if (count == 0) {
        return {};
      }
    }
  }

  const BlobDirectory& blobs_;
  LayoutReport report_;
  std::set<Digest> seen_;
  std::set<std::pair<Digest, Digest>> checked_;  // layer, diff_id
};

}  // namespace

Result<LayoutReport> check_layout(const fs::path& root) {
  GANTRY_TRY(const auto layout, Layout::open(root));
  GANTRY_TRY(const auto index, layout.read_index());
  Checker checker(layout.blobs());
  checker.check_entries(index);
  checker.find_unreferenced();
  if (base::interrupted()) {
    return base::Error{"interrupted", root.native(), ""};
  }
  return std::move(checker).report();
}

}  // namespace gantry::oci
