#include "oci/docker_archive_writer.hpp"

#include <array>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "oci/decoder.hpp"
#include "oci/file_source.hpp"
#include "oci/json_document.hpp"
#include "oci/tar_writer.hpp"
#include "oci/verifying_source.hpp"

namespace gantry::oci {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;

/// A tar under construction that holds plain files.
class Archive {
 public:
  explicit Archive(const ArchiveSink& sink) : sink_(&sink) {}

  base::Result<void> begin(const std::string& name, std::uint64_t size) {
    content::Entry entry;
    entry.path = name;
    entry.size = size;
    std::string header;
    GANTRY_CHECK(append_tar_header(entry, 0, header));
    return (*sink_)(std::as_bytes(std::span(header)));
  }

  base::Result<void> pad(std::size_t size) {
    constexpr std::array<std::byte, kTarEnd> kZeros{};
    return (*sink_)(std::span(kZeros).first(size));
  }

  base::Result<void> add(const std::string& name, std::string_view content) {
    GANTRY_CHECK(begin(name, content.size()));
    GANTRY_CHECK((*sink_)(std::as_bytes(std::span(content))));
    return pad(tar_padding(content.size()));
  }

  base::Result<void> add(const std::string& name, ByteSource& source, std::uint64_t size) {
    GANTRY_CHECK(begin(name, size));
    std::vector<std::byte> buffer(kBuffer);
    for (;;) {
      GANTRY_TRY(const auto count, source.read(buffer));
      if (count == 0) {
        return pad(tar_padding(size));
      }
      GANTRY_CHECK((*sink_)(std::span(buffer).first(count)));
    }
  }

 private:
  const ArchiveSink* sink_;
};

/// A tar needs the size before the content, and a zstd stream need not tell it.
base::Result<std::uint64_t> decoded_size(const Image& image, const Descriptor& layer) {
  GANTRY_TRY(const auto source, open_layer(image.blobs, layer, std::nullopt));
  std::vector<std::byte> buffer(kBuffer);
  std::uint64_t size = 0;
  for (;;) {
    GANTRY_TRY(const auto count, source->read(buffer));
    if (count == 0) {
      return size;
    }
    size += count;
  }
}

base::Result<void> add_layer(Archive& archive, const Image& image, const Descriptor& layer,
                             const std::string& name) {
  if (layer.media_type.ends_with("zstd")) {
    GANTRY_TRY(const auto size, decoded_size(image, layer));
    GANTRY_TRY(const auto decoded, open_layer(image.blobs, layer, std::nullopt));
    return archive.add(name, *decoded, size);
  }
  GANTRY_TRY(auto file, FileSource::open(image.blobs.path_of(layer.digest)));
  VerifyingSource blob(
      std::move(file),
      {.what = "the blob " + layer.digest.text(), .digest = layer.digest, .size = layer.size});
  return archive.add(name, blob, layer.size);
}

}  // namespace

base::Result<void> write_docker_archive(const Image& image, const std::vector<std::string>& tags,
                                        std::size_t layers_left_out, const ArchiveSink& sink) {
  Archive archive(sink);
  GANTRY_TRY(const auto config, image.blobs.read_document(image.manifest.config));
  const auto config_name = image.manifest.config.digest.hex() + ".json";
  GANTRY_CHECK(archive.add(config_name, config));
  auto layers = nlohmann::json::array();
  std::set<std::string> written;
  for (std::size_t i = 0; i < image.manifest.layers.size(); ++i) {
    const auto& layer = image.manifest.layers[i];
    const auto name = layer.digest.hex() + ".tar";
    layers.push_back(name);
    if (i >= layers_left_out && written.insert(name).second) {
      GANTRY_CHECK(add_layer(archive, image, layer, name));
    }
  }
  const nlohmann::json entry = {{"Config", config_name}, {"RepoTags", tags}, {"Layers", layers}};
  GANTRY_CHECK(archive.add("manifest.json", canonical(nlohmann::json::array({entry}))));
  return archive.pad(kTarEnd);
}

}  // namespace gantry::oci
