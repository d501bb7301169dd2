#include "vm/disk/disk_source.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "content/manifest.hpp"
#include "oci/decoder.hpp"
#include "oci/file_source.hpp"
#include "oci/layer_tree.hpp"
#include "oci/merged_contents.hpp"
#include "oci/source_date_epoch.hpp"
#include "oci/verifying_source.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using content::Entry;
using content::EntryType;

namespace {

bool names_an_archive(std::string_view reference) {
  std::error_code error;
  return fs::is_regular_file(fs::path(reference), error) && !reference.ends_with(".image");
}

Result<content::Identity> identity_of(const fs::path& file) {
  GANTRY_TRY(const auto digest, content::sha256_of_file(file, fs::file_size(file)));
  return content::Identity(digest);
}

}  // namespace

Result<DiskSource> DiskSource::open(std::string_view reference, std::string_view platform) {
  DiskSource source{std::string(reference)};
  if (!names_an_archive(reference)) {
    GANTRY_TRY(source.image_, oci::open_image(reference, platform));
  }
  return source;
}

Result<void> DiskSource::load(const std::vector<AddedFile>& files) {
  const auto of_source = [this](base::Error error) {
    error.where = error.where.empty() ? reference_ : error.where;
    return error;
  };
  auto layers = read_layers();
  if (!layers) {
    return of_source(std::move(layers).error());
  }
  layers_ = layers->size();
  for (const auto& layer : *layers) {
    for (const auto& entry : layer) {
      time_ = std::max(time_, entry.mtime);
    }
  }
  GANTRY_TRY(const auto epoch, oci::source_date_epoch());
  time_ = epoch.value_or(time_);
  GANTRY_TRY(auto added, entries_of(files));
  layers->push_back(std::move(added));
  oci::TreeMerger merger;
  for (auto& layer : *layers) {
    if (auto merged = merger.add_layer(std::move(layer)); !merged) {
      return of_source(std::move(merged).error());
    }
  }
  tree_ = merger.finish();
  digest_ = digest_of_tree();
  return {};
}

Result<std::unique_ptr<oci::ByteSource>> DiskSource::open_archive() const {
  GANTRY_TRY(auto file, oci::FileSource::open(reference_));
  auto buffered =
      std::make_unique<oci::VerifyingSource>(std::move(file), oci::Claim{.what = "the archive"});
  GANTRY_TRY(auto decoder, oci::make_decoder(std::move(buffered), ""));
  return std::unique_ptr<oci::ByteSource>(std::make_unique<oci::VerifyingSource>(
      std::move(decoder), oci::Claim{.what = "the archive"}));
}

Result<std::vector<std::vector<Entry>>> DiskSource::read_layers() {
  std::vector<std::vector<Entry>> layers;
  if (!image_) {
    GANTRY_TRY(const auto tar, open_archive());
    GANTRY_TRY(auto entries, oci::read_tar_entries(*tar, oci::Contents::kHash));
    layers.push_back(std::move(entries));
    return layers;
  }
  const auto& descriptors = image_->manifest.layers;
  GANTRY_CHECK(image_->blobs.bring(descriptors));
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    // Their digests say what is in the files.
    GANTRY_TRY(auto entries,
               oci::read_layer_entries(image_->blobs, descriptors[i], image_->config.diff_ids[i],
                                       oci::Contents::kSkip));
    layers.push_back(std::move(entries));
  }
  return layers;
}

Result<std::vector<Entry>> DiskSource::entries_of(const std::vector<AddedFile>& files) {
  std::vector<Entry> entries;
  for (const auto& file : files) {
    const auto clean = fs::path(file.path).lexically_normal().relative_path().native();
    if (!file.path.starts_with('/') || !content::is_clean_path(clean)) {
      return base::Error{"the path in the guest is to begin with / and name a file",
                         base::printable(file.path), ""};
    }
    Entry entry;
    entry.path = clean;
    entry.mtime = time_;
    if (!file.link_target.empty()) {
      entry.type = EntryType::kSymlink;
      entry.mode = 0777;
      entry.link_target = file.link_target;
    } else {
      struct stat status {};
      if (stat(file.from.c_str(), &status) != 0) {
        return base::errno_error("add", file.from);
      }
      if (!S_ISREG(status.st_mode)) {
        return base::Error{"what is added to a disk is to be a file", file.from.native(), ""};
      }
      entry.mode = status.st_mode & 07777;
      entry.size = static_cast<std::uint64_t>(status.st_size);
      GANTRY_TRY(entry.identity, identity_of(file.from));
    }
    entries.push_back(std::move(entry));
    added_.push_back(file.from);
  }
  return entries;
}

content::Digest DiskSource::digest_of_tree() const {
  content::ManifestWriter writer("/");
  for (const auto& merged : tree_) {
    auto entry = merged.entry;
    entry.source = {};
    entry.source_offset = 0;
    writer.add(entry);
  }
  content::Sha256 hash;
  hash.update(writer.pending());
  if (image_) {
    for (const auto& layer : image_->config.diff_ids) {
      hash.update(layer.text());
    }
  }
  return hash.finish();
}

std::vector<fs::path> DiskSource::inputs() const {
  std::set<fs::path> files;
  if (!image_) {
    files.insert(reference_);
  }
  for (const auto& file : added_) {
    if (!file.empty()) {
      files.insert(file);
    }
  }
  return {files.begin(), files.end()};
}

Result<void> DiskSource::visit_layer(oci::ByteSource& tar, std::size_t layer,
                                     const Visitor& visitor) const {
  return oci::visit_layer_contents(
      tar, tree_, layer, [&](const oci::MergedEntry& file, oci::TarReader& reader) {
        const auto index = static_cast<std::size_t>(&file - tree_.data());
        return visitor(index, [&reader](std::span<std::byte> into) { return reader.read(into); });
      });
}

Result<void> DiskSource::visit(const Visitor& visitor) const {
  for (std::size_t layer = 0; layer < layers_; ++layer) {
    const bool has_files = std::any_of(tree_.begin(), tree_.end(), [layer](const auto& merged) {
      return merged.bytes && merged.bytes->layer == layer;
    });
    if (!has_files) {
      continue;
    }
    if (image_) {
      GANTRY_TRY(const auto tar, oci::open_layer(image_->blobs, image_->manifest.layers[layer],
                                                 image_->config.diff_ids[layer]));
      GANTRY_CHECK(visit_layer(*tar, layer, visitor));
    } else {
      GANTRY_TRY(const auto tar, open_archive());
      GANTRY_CHECK(visit_layer(*tar, layer, visitor));
    }
  }
  for (std::size_t index = 0; index < tree_.size(); ++index) {
    const auto& bytes = tree_[index].bytes;
    if (bytes && bytes->layer == layers_) {
      GANTRY_TRY(const auto file, oci::FileSource::open(added_[bytes->position]));
      GANTRY_CHECK(visitor(index, [&file](std::span<std::byte> into) { return file->read(into); }));
    }
  }
  return {};
}

}  // namespace gantry::vm
