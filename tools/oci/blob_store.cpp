#include "oci/blob_store.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "content/manifest.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// Of a tree's text: some hundred bytes an entry, so millions of entries.
constexpr std::uint64_t kMaximumTree = std::uint64_t{1} << 30;

/// A record is its text after a line with the text's digest, so that a damaged one is noticed.
std::string sealed(std::string_view text) {
  return content::sha256(text).text() + "\n" + std::string(text);
}

/// The text of the record at path; nothing if there is none, or a damaged one.
Result<std::optional<std::string>> read_sealed(const fs::path& path, std::uint64_t limit) {
  const std::optional<std::string> nothing;
  if (access(path.c_str(), F_OK) != 0) {
    return nothing;
  }
  GANTRY_TRY(auto content, base::read_file(path, limit));
  const auto end = content.find('\n');
  if (end == std::string::npos ||
      content::sha256(std::string_view(content).substr(end + 1)).text() !=
          std::string_view(content).substr(0, end)) {
    return nothing;
  }
  content.erase(0, end + 1);
  return std::optional(std::move(content));
}

Result<LayerRecord> parse_record(std::string_view text, const Digest& key, std::string_view where) {
  GANTRY_TRY(const auto document, JsonDocument::parse(text, where));
  const auto root = document.root();
  GANTRY_TRY(const auto key_value, root.member("key"));
  GANTRY_TRY(const auto found_key, read_digest(key_value));
  if (found_key != key) {
    return key_value.error("the record is of another layer");
  }
  LayerRecord record;
  GANTRY_TRY(const auto descriptor, root.member("descriptor"));
  GANTRY_TRY(record.descriptor, read_descriptor(descriptor));
  GANTRY_TRY(const auto diff_id, root.member("diff_id"));
  GANTRY_TRY(record.diff_id, read_digest(diff_id));
  return record;
}

}  // namespace

Result<BlobStore> BlobStore::open(fs::path root) {
  BlobStore store(std::move(root));
  const auto& top = store.blobs_.root();
  for (const auto& directory :
       {top / "blobs" / "sha256", top / "layers", top / "trees", store.temporary_directory()}) {
    GANTRY_CHECK(base::make_directories(directory));
  }
  GANTRY_CHECK(TemporaryFile::remove_abandoned(store.temporary_directory()));
  return store;
}

Result<BlobWriter> BlobStore::create() const {
  return BlobWriter::create(temporary_directory());
}

Result<void> BlobStore::commit(BlobWriter writer, const Digest& digest) const {
  return writer.commit(blobs_, digest);
}

Result<Descriptor> BlobStore::put(std::string_view content, std::string_view media_type) const {
  return put_blob(blobs_, temporary_directory(), content, media_type);
}

Result<void> BlobStore::adopt(const BlobDirectory& from, const Descriptor& descriptor,
                              Check check) const {
  return adopt_blob(blobs_, temporary_directory(), from, descriptor, check);
}

fs::path BlobStore::record_path(const Digest& key) const {
  return blobs_.root() / "layers" / key.hex();
}

Result<void> BlobStore::replace_record(const fs::path& path, std::string_view content) const {
  GANTRY_TRY(auto file, TemporaryFile::create(temporary_directory()));
  const auto text = sealed(content);
  GANTRY_CHECK(base::write_all(file.fd(), std::as_bytes(std::span(text)), path));
  return file.replace(path);
}

Result<std::optional<LayerRecord>> BlobStore::find_layer(const Digest& key) const {
  const std::optional<LayerRecord> nothing;
  const auto path = record_path(key);
  GANTRY_TRY(const auto text, read_sealed(path, kMaximumDocument));
  if (!text) {
    return nothing;
  }
  const auto record = parse_record(*text, key, path.native());
  if (!record || !blobs_.contains(record->descriptor)) {
    return nothing;
  }
  return std::optional(*record);
}

Result<void> BlobStore::record_layer(const Digest& key, const LayerRecord& record) const {
  return replace_record(record_path(key), canonical({{"key", key.text()},
                                                     {"descriptor", to_value(record.descriptor)},
                                                     {"diff_id", record.diff_id.text()}}));
}

fs::path BlobStore::tree_path(const Digest& blob) const {
  return blobs_.root() / "trees" / blob.hex();
}

Result<std::optional<content::Tree>> BlobStore::find_tree(const Digest& blob) const {
  const std::optional<content::Tree> nothing;
  const auto path = tree_path(blob);
  GANTRY_TRY(const auto text, read_sealed(path, kMaximumTree));
  if (!text) {
    return nothing;
  }
  auto tree = content::parse_manifest(*text, {}, path.native());
  return tree ? std::optional(*std::move(tree)) : nothing;
}

Result<void> BlobStore::record_tree(const Digest& blob, content::Tree tree) const {
  for (auto& entry : tree) {
    entry.source.clear();
    entry.source_offset = 0;
    if (!entry.identity.starts_with("sha256:")) {
      entry.identity.clear();
    }
  }
  return replace_record(tree_path(blob), content::write_manifest(tree, {}));
}

}  // namespace gantry::oci
