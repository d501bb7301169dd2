#include "oci/docker_archive.hpp"

#include <map>
#include <memory>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/archive_identity.hpp"
#include "oci/decoder.hpp"
#include "oci/file_source.hpp"
#include "oci/json_document.hpp"
#include "oci/layer_tree.hpp"
#include "oci/layer_writer.hpp"
#include "oci/manifest.hpp"
#include "oci/verifying_source.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;

/// Bytes that one layer may become when it is decompressed.
constexpr std::uint64_t kMaxLayer = std::uint64_t{64} << 30;

/// A part of a file.
class SliceSource : public ByteSource {
 public:
  SliceSource(int fd, fs::path path, std::uint64_t offset, std::uint64_t size)
      : fd_(fd), path_(std::move(path)), offset_(offset), remaining_(size) {}

  base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto wanted = std::min<std::uint64_t>(into.size(), remaining_);
    std::size_t filled = 0;
    while (filled < wanted) {
      const auto count =
          pread(fd_, into.data() + filled, wanted - filled, static_cast<off_t>(offset_));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return base::errno_error("read", path_);
      }
      if (count == 0) {
        return base::Error{"the archive ends too early", path_.native(), ""};
      }
      filled += static_cast<std::size_t>(count);
      offset_ += static_cast<std::uint64_t>(count);
    }
    remaining_ -= filled;
    return filled;
  }

 private:
  int fd_;
  fs::path path_;
  std::uint64_t offset_;
  std::uint64_t remaining_;
};

class Archive {
 public:
  static base::Result<Archive> open(const fs::path& path) {
    Archive archive(path);
    GANTRY_TRY(archive.fd_, base::open_file(path, O_RDONLY | O_CLOEXEC));
    GANTRY_TRY(auto file, FileSource::open(path));
    VerifyingSource buffered(std::move(file), {"the archive"});
    GANTRY_TRY(auto entries, read_tar_entries(buffered, Contents::kSkip));
    for (auto& entry : entries) {
      archive.members_.insert_or_assign(std::string(entry.path), entry);
    }
    return archive;
  }

  struct Member {
    std::unique_ptr<ByteSource> bytes;
    std::uint64_t size;
  };

  base::Result<Member> member(const std::string& name) const {
    const auto* entry = find(name);
    // Docker up to 24 saves a layer that two images share as a link to its first place.
    for (int links = 0; entry != nullptr && links < 8; ++links) {
      if (entry->type == content::EntryType::kSymlink) {
        entry = find((fs::path(entry->path.view()).parent_path() / entry->link_target.view())
                         .lexically_normal()
                         .native());
      } else if (entry->type == content::EntryType::kHardLink) {
        entry = find(std::string(entry->link_target));
      } else {
        break;
      }
    }
    if (entry == nullptr || entry->type != content::EntryType::kFile) {
      return base::Error{fmt::format("the archive has no file '{}'", base::printable(name)),
                         path_.native(), "make it with 'docker save' or 'skopeo copy'"};
    }
    return Member{
        std::make_unique<SliceSource>(fd_.get(), path_, entry->source_offset, entry->size),
        entry->size};
  }

  base::Result<std::string> document(const std::string& name) const {
    GANTRY_TRY(const auto source, member(name));
    std::string text;
    std::vector<std::byte> buffer(std::size_t{64} << 10);
    for (;;) {
      GANTRY_TRY(const auto count, source.bytes->read(buffer));
      if (count == 0) {
        return text;
      }
      text.append(reinterpret_cast<const char*>(buffer.data()), count);
      if (text.size() > kMaximumDocument) {
        return base::Error{
            fmt::format("'{}' is longer than {} bytes", base::printable(name), kMaximumDocument),
            path_.native(), ""};
      }
    }
  }

 private:
  explicit Archive(fs::path path) : path_(std::move(path)) {}

  const content::Entry* find(const std::string& name) const {
    const auto found = members_.find(name);
    return found == members_.end() ? nullptr : &found->second;
  }

  fs::path path_;
  base::Fd fd_;
  std::map<std::string, content::Entry> members_;
};

/// The archive's manifest.json, of one image.
struct Listing {
  std::string config;
  std::vector<std::string> layers;
  std::string name;
};

base::Result<Listing> read_listing(const Archive& archive, const fs::path& path) {
  GANTRY_TRY(const auto text, archive.document("manifest.json"));
  GANTRY_TRY(const auto document, JsonDocument::parse(text, path.native() + ": manifest.json"));
  GANTRY_TRY(const auto images, document.root().elements(1024));
  if (images.size() != 1) {
    return base::Error{fmt::format("the archive holds {} images", images.size()), path.native(),
                       "save the one that is meant into an archive of its own"};
  }
  Listing listing;
  GANTRY_TRY(const auto config, images[0].member("Config"));
  GANTRY_TRY(listing.config, config.text());
  GANTRY_TRY(const auto layers, images[0].member("Layers"));
  GANTRY_TRY(listing.layers, layers.texts());
  std::vector<std::string> tags;
  GANTRY_CHECK(read_optional(images[0], "RepoTags", &JsonValue::texts, tags));
  listing.name = tags.empty() ? "" : tags.front();
  return listing;
}

/// What stands for a compressed layer whose uncompressed digest is known.
Digest key_of(const Digest& diff_id, const Encoder& encoder) {
  return content::sha256(fmt::format("archive layer 1 {} {}", diff_id.text(), encoder.identity()));
}

base::Result<Descriptor> import_layer(const Archive& archive, const std::string& member,
                                      const Digest& diff_id, const BlobStore& store,
                                      const Encoder& encoder) {
  const auto key = key_of(diff_id, encoder);
  GANTRY_TRY(const auto known, store.find_layer(key));
  if (known) {
    return known->descriptor;
  }
  GANTRY_TRY(auto stored, archive.member(member));
  GANTRY_TRY(auto tar, make_decoder(std::move(stored.bytes), ""));
  Claim claim;
  claim.what = fmt::format("the layer '{}'", base::printable(member));
  claim.digest = diff_id;
  claim.limit = kMaxLayer;
  VerifyingSource verified(std::move(tar), std::move(claim));
  const auto progress = base::make_silent_progress();
  GANTRY_TRY(const auto record,
             write_archive(verified, stored.size, encoder, {}, store, *progress));
  GANTRY_CHECK(store.record_layer(key, record));
  return record.descriptor;
}

/// What a note remembers of an archive: its image's name and its configuration, which is in the
/// store then, and through it the layers.
struct Note {
  std::string name;
  Descriptor config;
};

std::string write_note(const Note& note) {
  return fmt::format("{}\n{}\n{}\n", note.config.digest.text(), note.config.size, note.name);
}

std::optional<Note> read_note(const fs::path& path) {
  const auto text = base::read_file(path, kMaximumDocument);
  const auto lines = base::split(text ? std::string_view(*text) : std::string_view(), '\n');
  const auto digest = Digest::parse(lines[0]);
  const auto size = lines.size() == 4 ? base::parse_unsigned(lines[1]) : std::nullopt;
  if (!digest || !size) {
    return std::nullopt;
  }
  Note note;
  note.name = lines[2];
  note.config.digest = *digest;
  note.config.size = *size;
  return note;
}

/// The image of an archive that was imported before; nothing if any part of it is gone.
base::Result<std::optional<BaseImage>> find_imported(const fs::path& note_path,
                                                     const BlobStore& store,
                                                     const Encoder& encoder) {
  const std::optional<BaseImage> nothing;
  const auto note = read_note(note_path);
  if (!note || !store.blobs().contains(note->config)) {
    return nothing;
  }
  BaseImage base;
  base.name = note->name;
  GANTRY_TRY(const auto config, store.blobs().read_document(note->config));
  GANTRY_TRY(base.config, parse_config(config, note_path.native()));
  for (const auto& diff_id : base.config.diff_ids) {
    GANTRY_TRY(const auto record, store.find_layer(key_of(diff_id, encoder)));
    if (!record) {
      return nothing;
    }
    base.layers.push_back(record->descriptor);
  }
  return std::optional(std::move(base));
}

base::Result<BaseImage> import(const fs::path& path, const fs::path& note_path,
                               const BlobStore& store, const Encoder& encoder) {
  GANTRY_TRY(const auto archive, Archive::open(path));
  GANTRY_TRY(const auto listing, read_listing(archive, path));
  GANTRY_TRY(const auto config, archive.document(listing.config));
  BaseImage base;
  base.name = listing.name;
  GANTRY_TRY(base.config, parse_config(config, path.native() + ": " + listing.config));
  if (base.config.diff_ids.size() != listing.layers.size()) {
    return base::Error{fmt::format("the archive has {} layers, but its configuration names {}",
                                   listing.layers.size(), base.config.diff_ids.size()),
                       path.native(), ""};
  }
  for (std::size_t i = 0; i < listing.layers.size(); ++i) {
    GANTRY_TRY(auto layer,
               import_layer(archive, listing.layers[i], base.config.diff_ids[i], store, encoder));
    base.layers.push_back(std::move(layer));
  }
  GANTRY_TRY(auto stored, store.put(config, media_type::kConfig));
  GANTRY_CHECK(base::make_directories(note_path.parent_path()));
  GANTRY_CHECK(base::write_file(note_path, write_note({base.name, std::move(stored)})));
  return base;
}

}  // namespace

base::Result<BaseImage> import_docker_archive(const fs::path& archive, const BlobStore& store,
                                              const Encoder& encoder) {
  const auto path = fs::absolute(archive).lexically_normal();
  GANTRY_TRY(const auto identity, archive_identity(path));
  const auto note_path = archive_note(store, identity);
  GANTRY_TRY(auto imported, find_imported(note_path, store, encoder));
  if (!imported) {
    GANTRY_TRY(imported, import(path, note_path, store, encoder));
  }
  imported->inputs.push_back(archive);
  return *std::move(imported);
}

}  // namespace gantry::oci
