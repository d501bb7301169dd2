#include "supply/inventory.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/merged_contents.hpp"
#include "supply/dpkg_database.hpp"
#include "supply/package_url.hpp"
#include "supply/sha1.hpp"

namespace gantry::supply {

using base::Result;

namespace {

constexpr std::size_t kMaximumDocuments = std::size_t{128} << 20;

class Collector {
 public:
  Result<void> visit(const oci::MergedEntry& merged, oci::TarReader& content) {
    const std::string path(merged.entry.path);
    const bool wanted = is_dpkg_document(path) || is_os_release(path);
    if (wanted && merged.entry.size > kMaximumDocuments - documents_size_) {
      return base::Error{
          fmt::format("the lists of packages are larger than {} MiB", kMaximumDocuments >> 20),
          "/" + base::printable(path), ""};
    }
    content::Sha256 sha256;
    Sha1 sha1;
    std::string document;
    for (;;) {
      GANTRY_TRY(const auto count, content.read(buffer_));
      if (count == 0) {
        break;
      }
      const auto piece = std::span(buffer_).first(count);
      sha256.update(piece);
      sha1.update(piece);
      if (wanted) {
        document.append(reinterpret_cast<const char*>(piece.data()), count);
      }
    }
    if (wanted) {
      documents_size_ += document.size();
      inventory_.documents.emplace(path, std::move(document));
    }
    inventory_.files.push_back({path, sha1.finish(), sha256.finish(), merged.bytes->layer});
    return {};
  }

  /// Files come layer by layer; their other names come after them in the tree.
  Inventory finish(const oci::MergedTree& tree) && {
    auto& files = inventory_.files;
    const auto by_path = [](const InventoryFile& a, const InventoryFile& b) {
      return a.path < b.path;
    };
    std::sort(files.begin(), files.end(), by_path);
    const auto first_names = files;
    for (const auto& merged : tree) {
      if (merged.entry.type != content::EntryType::kHardLink) {
        continue;
      }
      const std::string name(merged.entry.link_target);
      const auto target = std::lower_bound(first_names.begin(), first_names.end(),
                                           InventoryFile{name, "", {}, 0}, by_path);
      if (target != first_names.end() && target->path == name) {
        files.push_back(*target);
        files.back().path = std::string(merged.entry.path);
      }
    }
    std::sort(files.begin(), files.end(), by_path);
    return std::move(inventory_);
  }

 private:
  Inventory inventory_;
  std::size_t documents_size_ = 0;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(std::size_t{64} << 10);
};

}  // namespace

Result<Inventory> take_inventory(const oci::Image& image) {
  GANTRY_TRY(const auto tree, oci::merged_tree(image, oci::Contents::kSkip));
  Collector collector;
  GANTRY_CHECK(oci::visit_contents(image, tree,
                                   [&](const oci::MergedEntry& merged, oci::TarReader& content) {
                                     return collector.visit(merged, content);
                                   }));
  return std::move(collector).finish(tree);
}

}  // namespace gantry::supply
