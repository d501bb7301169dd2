#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/image.hpp"
#include "oci/merged_tree.hpp"
#include "vm/disk/ext4_writer.hpp"

namespace gantry::vm {

/// A file that a disk gets beside what its source has, owned by root.
struct AddedFile {
  std::string path;                 ///< absolute, in the guest; links on the way are followed in it
  std::filesystem::path from = {};  ///< a file of this machine, with its permissions
  std::string link_target = {};     ///< instead: a symbolic link with this text
};

/// What becomes a disk: the layers of an image, or a root file system's tar archive.
class DiskSource {
 public:
  /// reference: a tar archive (plain, gzip or zstd), or an image as oci::open_image names it, of
  /// this platform.
  static base::Result<DiskSource> open(std::string_view reference, std::string_view platform);

  /// Reads all of it once; files come on top, in their order. To be called before what follows.
  base::Result<void> load(const std::vector<AddedFile>& files);

  /// Everything that is in the disk.
  const oci::MergedTree& tree() const { return tree_; }

  /// Of an image; known before it is loaded.
  const oci::Config* config() const { return image_ ? &image_->config : nullptr; }

  /// Of the tree with every file's content: the same for an archive and the same one compressed.
  const content::Digest& digest() const { return digest_; }

  /// The newest time of the source, or what SOURCE_DATE_EPOCH says; files that were added have it.
  std::int64_t time() const { return time_; }

  /// The files of this machine that decide what is in the disk.
  std::vector<std::filesystem::path> inputs() const;

  /// Is given the index of a kFile of the tree and what it holds.
  using Visitor =
      std::function<base::Result<void>(std::size_t index, const ContentReader& content)>;

  /// Shows each file of the tree once, in the order in which the source has them.
  base::Result<void> visit(const Visitor& visitor) const;

 private:
  base::Result<std::unique_ptr<oci::ByteSource>> open_archive() const;
  base::Result<std::vector<std::vector<content::Entry>>> read_layers();
  base::Result<std::vector<content::Entry>> entries_of(const std::vector<AddedFile>& files);
  base::Result<void> visit_layer(oci::ByteSource& tar, std::size_t layer,
                                 const Visitor& visitor) const;
  content::Digest digest_of_tree() const;

  explicit DiskSource(std::string reference) : reference_(std::move(reference)) {}

  std::string reference_;  // of an archive, if there is no
  std::optional<oci::Image> image_;
  std::vector<std::filesystem::path> added_;  // a path for each of the entries of the last layer
  oci::MergedTree tree_;
  std::size_t layers_ = 0;  // of the source
  content::Digest digest_;
  std::int64_t time_ = 0;
};

}  // namespace gantry::vm
