#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/descriptor.hpp"
#include "registry/blob_locations.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// What a push has done.
struct Pushed {
  bool changed = false;          ///< false: all tags had this image already
  std::size_t sent_blobs = 0;    ///< the others were there, or were mounted
  std::uint64_t sent_bytes = 0;  ///< of those
};

/// Brings blobs, one by one, into the directory that is pushed from, when they must be sent. Called
/// from several threads.
class BlobSupply {
 public:
  virtual ~BlobSupply() = default;
  virtual base::Result<void> bring(const oci::Descriptor& blob) = 0;
  virtual void release(const oci::Descriptor& blob) = 0;  ///< it has been sent, or never will be
};

/// Tags that must not move, each with the tag of the release above the image that is pushed.
using ReleasesAbove = std::map<std::string, std::string>;

/// Tags that go from release to release and never backwards, also when several pushes are under way
/// at a time: they are looked at when the release has its own tag, right before they are set, and
/// once more after it. Who then finds a higher release, whose push has overtaken this one, gives
/// them back to it.
struct FloatingTags {
  std::set<std::string> names = {};
  /// Asks the registry about some of them.
  std::function<base::Result<ReleasesAbove>(const std::vector<std::string>&)> releases_above = {};
};

/// What others have a part in.
struct PushHooks {
  BlobSupply* supply = nullptr;  ///< brings blobs that must be sent; null: they are there
  FloatingTags floating = {};
  /// When the image is there by its digest, before a tag names it.
  std::function<base::Result<void>()> before_tags = {};
};

/// Puts an image, or an index with its images, under tags of a repository (none: it is there by its
/// digest alone). root's documents and blobs are read from a directory. In the fewest requests: one
/// for each tag (one without any) if nothing has changed, two for each blob and two more if nothing
/// is there. Tags are set when all is there, in their order, but "latest" last.
base::Result<Pushed> push_image(const Repository& repository, const oci::BlobDirectory& from,
                                const oci::Descriptor& root, std::span<const std::string> tags,
                                BlobLocations& locations, const PushHooks& hooks = {});

}  // namespace gantry::registry
