#include "oci/rootfs_tar.hpp"

#include "base/file.hpp"
#include "content/manifest.hpp"
#include "oci/archive_identity.hpp"
#include "oci/file_source.hpp"
#include "oci/layer_tree.hpp"
#include "oci/verifying_source.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxManifest = std::uint64_t{1} << 30;

base::Result<content::Tree> read_archive(const fs::path& archive) {
  GANTRY_TRY(auto file, FileSource::open(archive));
  VerifyingSource buffered(std::move(file), {"the archive"});
  GANTRY_TRY(auto entries, read_tar_entries(buffered, Contents::kHash));
  auto tree = sorted_tree(std::move(entries));
  for (auto& entry : tree) {
    if (entry.type == content::EntryType::kFile) {
      entry.source = archive.native();
    }
  }
  return tree;
}

}  // namespace

base::Result<content::Tree> read_rootfs_tar(const fs::path& archive, const BlobStore& store) {
  const auto path = fs::absolute(archive).lexically_normal();
  GANTRY_TRY(const auto key, archive_identity(path));
  const auto known = archive_note(store, key);
  if (fs::exists(known)) {
    GANTRY_TRY(const auto text, base::read_file(known, kMaxManifest));
    if (auto tree = content::parse_manifest(text, "/", known.native())) {
      return tree;
    }
  }
  auto tree = read_archive(path);
  if (!tree) {
    auto error = std::move(tree).error();
    error.where = error.where.empty() ? path.native() : error.where;
    return error;
  }
  GANTRY_CHECK(base::make_directories(known.parent_path()));
  GANTRY_CHECK(base::write_file(known, content::write_manifest(*tree, "/")));
  return tree;
}

}  // namespace gantry::oci
