#include "runtime/image_files.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/decoder.hpp"
#include "oci/tar_reader.hpp"

namespace gantry::runtime {

namespace {

constexpr int kMaximumLinks = 40;  // as Linux
constexpr std::uint64_t kMaximumText = std::uint64_t{1} << 20;

void prepend(std::deque<std::string>& names, std::string_view path) {
  const auto parts = base::split(path, '/');
  names.insert(names.begin(), parts.begin(), parts.end());
}

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

base::Result<ImageFiles> ImageFiles::read(const oci::Image& image) {
  GANTRY_TRY(auto tree, oci::merged_tree(image, oci::Contents::kSkip));
  return ImageFiles(image, std::move(tree));
}

const oci::MergedEntry* ImageFiles::at(std::string_view path) const {
  const auto found = std::lower_bound(tree_.begin(), tree_.end(), path,
                                      [](const oci::MergedEntry& merged, std::string_view wanted) {
                                        return content::path_less(merged.entry.path, wanted);
                                      });
  return found != tree_.end() && found->entry.path == path ? &*found : nullptr;
}

std::string ImageFiles::explain_missing(const std::string& directory,
                                        const std::string& name) const {
  std::vector<std::string> siblings;
  for (const auto& merged : tree_) {
    const auto& path = merged.entry.path;
    if (content::parent_of(path) == directory) {
      siblings.emplace_back(path.substr(directory.empty() ? 0 : directory.size() + 1));
    }
  }
  const auto near = base::nearest(name, siblings);
  return fmt::format("/{} has no '{}'{}", base::printable(directory), base::printable(name),
                     near ? fmt::format(" (but '{}')", base::printable(*near)) : "");
}

ImageFiles::Found ImageFiles::find(std::string_view path) const {
  std::deque<std::string> names;
  prepend(names, path);
  std::string inside;  // the way so far, without links
  const oci::MergedEntry* entry = nullptr;
  int links = 0;
  while (!names.empty()) {
    const auto name = std::move(names.front());
    names.pop_front();
    if (entry != nullptr && entry->entry.type != content::EntryType::kDirectory) {
      return {nullptr, fmt::format("/{} is no directory", base::printable(inside))};
    }
    if (name.empty() || name == ".") {
      continue;
    }
    if (name == "..") {
      inside = parent_of(inside);
      entry = at(inside);
      continue;
    }
    const auto here = joined(inside, name);
    const auto* const next = at(here);
    if (next == nullptr) {
      return {nullptr, explain_missing(inside, name)};
    }
    if (next->entry.type != content::EntryType::kSymlink) {
      inside = here;
      entry = next;
      continue;
    }
    if (++links > kMaximumLinks) {
      return {nullptr,
              fmt::format("the symbolic links at /{} go round in a circle", base::printable(here))};
    }
    if (next->entry.link_target.starts_with('/')) {
      inside.clear();
      entry = nullptr;
    }
    prepend(names, next->entry.link_target);
  }
  return {entry, entry == nullptr ? "it is the root itself" : ""};
}

base::Result<std::string> ImageFiles::text(std::string_view path) const {
  const auto* found = find(path).entry;
  if (found != nullptr && found->entry.type == content::EntryType::kHardLink) {
    found = at(found->entry.link_target);
  }
  if (found == nullptr || found->entry.type != content::EntryType::kFile || !found->bytes ||
      found->entry.size > kMaximumText) {
    return std::string();
  }
  const auto& layer = image_->manifest.layers.at(found->bytes->layer);
  GANTRY_TRY(const auto source, oci::open_layer(image_->blobs, layer, std::nullopt));
  oci::TarReader reader(*source);
  for (std::size_t position = 0;; ++position) {
    GANTRY_TRY(const auto entry, reader.next());
    if (!entry) {
      return std::string();
    }
    if (position == found->bytes->position) {
      std::string text(entry->size, '\0');
      GANTRY_TRY(const auto count, reader.read(std::as_writable_bytes(std::span(text))));
      text.resize(count);
      return text;
    }
  }
}

}  // namespace gantry::runtime
