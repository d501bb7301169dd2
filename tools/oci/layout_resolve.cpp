#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/config.hpp"
#include "oci/layout.hpp"
#include "oci/platform_choice.hpp"
#include "oci/referrer.hpp"

namespace gantry::oci {

using base::Result;

namespace {

constexpr int kMaximumDepth = 4;

std::string tag_of(const Descriptor& descriptor) {
  const auto found = descriptor.annotations.find(std::string(kRefName));
  return found == descriptor.annotations.end() ? "" : found->second;
}

/// Listed because of another entry: by its type, or by a tag that is made of that one's digest.
bool is_attached(const Descriptor& entry) {
  return (!entry.artifact_type.empty() && !entry.platform) || subject_of_tag(tag_of(entry));
}

/// "1.0, latest", or the digests where there are no tags.
std::string names_in(const Index& index) {
  std::set<std::string> names;
  for (const auto& entry : index.manifests) {
    if (is_attached(entry)) {
      continue;
    }
    const auto tag = tag_of(entry);
    names.insert(tag.empty() ? "@" + entry.digest.text() : base::printable(tag));
  }
  constexpr std::size_t kShown = 20;
  const std::vector<std::string> shown(
      names.begin(),
      std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(names.size(), kShown))));
  return base::join(shown, ", ") + (names.size() > kShown ? ", …" : "");
}

/// Manifests below some descriptors, each once, every index opened once: however indexes name each
/// other, the work is bounded by the number of documents.
class Search {
 public:
  /// wanted: a digest to look out for on the way.
  explicit Search(const BlobDirectory& blobs, std::optional<Digest> wanted = {})
      : blobs_(blobs), wanted_(wanted) {}

  Result<void> add(const Descriptor& descriptor, int depth = 0) {
    if (!seen_.insert(descriptor.digest).second) {
      return {};
    }
    if (descriptor.digest == wanted_) {
      found_ = descriptor;
    }
    if (!media_type::is_index(descriptor.media_type)) {
      manifests_.push_back(descriptor);
      return {};
    }
    if (depth == kMaximumDepth) {
      return base::Error{fmt::format("indexes are nested deeper than {} levels", kMaximumDepth),
                         blobs_.path_of(descriptor.digest).native(), ""};
    }
    GANTRY_TRY(const auto json, blobs_.read_document(descriptor));
    GANTRY_TRY(const auto index, parse_index(json, blobs_.path_of(descriptor.digest).native()));
    for (const auto& child : index.manifests) {
      GANTRY_CHECK(add(child, depth + 1));
    }
    return {};
  }

  const std::vector<Descriptor>& manifests() const { return manifests_; }
  const std::optional<Descriptor>& found() const { return found_; }

 private:
  const BlobDirectory& blobs_;
  std::optional<Digest> wanted_;
  std::optional<Descriptor> found_;
  std::set<Digest> seen_;
  std::vector<Descriptor> manifests_;
};

/// Whether entries are more than one image: not if they are all the same, nor if they have the same
/// tag (or all none), when they are one image's platforms.
bool is_ambiguous(const std::vector<Descriptor>& entries) {
  std::set<std::string> tags;
  std::set<Digest> digests;
  for (const auto& entry : entries) {
    tags.insert(tag_of(entry));
    digests.insert(entry.digest);
  }
  return tags.size() > 1 && digests.size() > 1;
}

/// Without what other programs have attached, who list it as they list an image.
Result<std::vector<Descriptor>> without_referrers(const BlobDirectory& blobs,
                                                  const std::vector<Descriptor>& entries) {
  std::vector<Descriptor> kept;
  for (const auto& entry : entries) {
    if (tag_of(entry).empty() && media_type::is_manifest(entry.media_type)) {
      GANTRY_TRY(const auto json, blobs.read_document(entry));
      GANTRY_TRY(const auto manifest, parse_manifest(json, blobs.path_of(entry.digest).native()));
      if (manifest.subject) {
        continue;
      }
    }
    kept.push_back(entry);
  }
  return kept;
}

/// The one of several manifests for the platform.
Result<Descriptor> choose(const BlobDirectory& blobs, const std::vector<Descriptor>& manifests,
                          const Selection& selection) {
  const bool one = manifests.size() == 1;
  if (one && !selection.platform) {
    return manifests.front();
  }
  const auto wanted = selection.platform.value_or(Platform::host());
  const auto where = blobs.root().native();
  auto entries = manifests;
  for (auto& entry : entries) {
    GANTRY_TRY(entry.platform, platform_of(blobs, entry));
  }
  GANTRY_TRY(const auto chosen, entries_for(entries, wanted, where));
  if (chosen.size() > 1) {
    return base::Error{fmt::format("{} images for {}", chosen.size(), wanted.text()), where,
                       "name one by its digest: @" + chosen[0].digest.text()};
  }
  // As it stands there, platform or not.
  return *std::find_if(manifests.begin(), manifests.end(), [&](const Descriptor& manifest) {
    return manifest.digest == chosen.front().digest;
  });
}

}  // namespace

bool is_tag(std::string_view text) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && text.size() <= 128 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_word(c) || c == '.' || c == '-'; });
}

Result<std::optional<Platform>> platform_of(const BlobDirectory& blobs,
                                            const Descriptor& descriptor) {
  if (descriptor.platform) {
    return descriptor.platform;
  }
  if (!media_type::is_manifest(descriptor.media_type)) {
    return std::optional<Platform>();
  }
  GANTRY_TRY(const auto json, blobs.read_document(descriptor));
  GANTRY_TRY(const auto manifest, parse_manifest(json, blobs.path_of(descriptor.digest).native()));
  if (manifest.config.media_type != media_type::kConfig) {
    return std::optional<Platform>();
  }
  GANTRY_TRY(const auto config_json, blobs.read_document(manifest.config));
  GANTRY_TRY(const auto config,
             parse_config(config_json, blobs.path_of(manifest.config.digest).native()));
  return std::optional(config.platform);
}

Result<std::vector<Descriptor>> Layout::roots(const Selection& selection) const {
  const auto where = blobs_.root().native();
  GANTRY_TRY(const auto index, read_index());
  std::vector<Descriptor> roots;
  for (const auto& entry : index.manifests) {
    if (selection.tag.empty() ? selection.digest || !is_attached(entry)
                              : tag_of(entry) == selection.tag) {
      roots.push_back(entry);
    }
  }
  if (roots.empty()) {
    return selection.tag.empty() ? base::Error{"the layout holds no image", where, ""}
                                 : base::Error{fmt::format("no image has the tag '{}'",
                                                           base::printable(selection.tag)),
                                               where, "there is: " + names_in(index)};
  }
  if (selection.digest) {
    Search everywhere(blobs_, selection.digest);
    for (const auto& root : roots) {
      GANTRY_CHECK(everywhere.add(root));
    }
    if (!everywhere.found()) {
      return base::Error{fmt::format("no image has the digest {}", selection.digest->text()), where,
                         "there is: " + names_in(index)};
    }
    return std::vector{*everywhere.found()};
  }
  if (is_ambiguous(roots)) {
    GANTRY_TRY(roots, without_referrers(blobs_, roots));
  }
  if (roots.empty() || is_ambiguous(roots)) {
    return base::Error{"the layout holds more than one image", where,
                       "name one of: " + names_in(index)};
  }
  return roots;
}

Result<Descriptor> Layout::find(const Selection& selection) const {
  GANTRY_TRY(const auto found, roots(selection));
  const bool same = std::all_of(found.begin(), found.end(), [&](const Descriptor& other) {
    return other.digest == found.front().digest;
  });
  if (!same) {
    return base::Error{"the layout lists one image's platforms without an index over them",
                       blobs_.root().native(),
                       "name one by its digest: @" + found.front().digest.text()};
  }
  return found.front();
}

Result<std::vector<Descriptor>> manifests_below(const BlobDirectory& blobs,
                                                const Descriptor& root) {
  Search search(blobs);
  GANTRY_CHECK(search.add(root));
  return search.manifests();
}

Result<Descriptor> choose_platform(const BlobDirectory& blobs, const Descriptor& root,
                                   const std::optional<Platform>& platform) {
  GANTRY_TRY(const auto manifests, manifests_below(blobs, root));
  return choose(blobs, manifests, {.tag = {}, .digest = {}, .platform = platform});
}

Result<Descriptor> Layout::resolve(const Selection& selection) const {
  GANTRY_TRY(const auto found, roots(selection));
  Search search(blobs_);
  for (const auto& root : found) {
    GANTRY_CHECK(search.add(root));
  }
  return choose(blobs_, search.manifests(), selection);
}

}  // namespace gantry::oci
