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

/// Of a tree's text in memory.
constexpr std::size_t kPiece = std::size_t{64} << 10;

std::string seal_of(const Digest& digest) {
  return digest.text() + "\n";
}

/// Writes a record: its text after a line with the text's digest, so that a damaged one is noticed.
class RecordWriter {
 public:
  /// temporary: a directory on the file system of path, the record's name.
  static Result<RecordWriter> create(const fs::path& temporary, fs::path path) {
    GANTRY_TRY(auto file, TemporaryFile::create(temporary));
    RecordWriter writer(std::move(file), std::move(path));
    GANTRY_CHECK(writer.write(seal_of({})));  // to be written over
    return writer;
  }

  Result<void> append(std::string_view text) {
    hash_.update(text);
    return write(text);
  }

  Result<void> commit() && {
    if (lseek(file_.fd(), 0, SEEK_SET) != 0) {
      return base::errno_error("write", path_);
    }
    GANTRY_CHECK(write(seal_of(hash_.finish())));
    return file_.replace(path_);
  }

 private:
  RecordWriter(TemporaryFile file, fs::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  Result<void> write(std::string_view text) {
    return base::write_all(file_.fd(), std::as_bytes(std::span(text)), path_);
  }

  TemporaryFile file_;
  fs::path path_;
  content::Sha256 hash_;
};

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

Result<BlobStore> BlobStore::open(fs::path root, std::shared_ptr<const BlobFetcher> fetcher) {
  BlobStore store(BlobDirectory(std::move(root), std::move(fetcher)));
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

Result<void> BlobStore::replace_record(const fs::path& path, std::string_view text) const {
  GANTRY_TRY(auto record, RecordWriter::create(temporary_directory(), path));
  GANTRY_CHECK(record.append(text));
  return std::move(record).commit();
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

Result<void> BlobStore::record_tree(const Digest& blob, const content::Tree& tree) const {
  GANTRY_TRY(auto record, RecordWriter::create(temporary_directory(), tree_path(blob)));
  content::ManifestWriter manifest({});
  for (auto entry : tree) {
    entry.source = {};
    entry.source_offset = 0;
    if (entry.identity.kind() != content::Identity::Kind::kContent) {
      entry.identity = {};
    }
    manifest.add(entry);
    if (manifest.pending().size() >= kPiece) {
      GANTRY_CHECK(record.append(manifest.take()));
    }
  }
  GANTRY_CHECK(record.append(manifest.take()));
  return std::move(record).commit();
}

Result<bool> BlobStore::adopt_tree(const BlobStore& from, const Digest& blob) const {
  GANTRY_TRY(const auto text, read_sealed(from.tree_path(blob), kMaximumTree));
  if (text) {
    GANTRY_CHECK(replace_record(tree_path(blob), *text));
  }
  return text.has_value();
}

}  // namespace gantry::oci
