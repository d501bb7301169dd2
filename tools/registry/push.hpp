#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

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

/// What is to be done when an image is there by its digest, before a tag names it.
using BeforeTags = std::function<base::Result<void>()>;

/// Puts an image, or an index with its images, under tags of a repository (none: it is there by its
/// digest alone). root's documents and blobs are read from a directory; supply, if there is one,
/// brings blobs there that must be sent. In the fewest requests: one
/// if nothing has changed, two for each blob and two more if nothing is there. Tags are set when
/// all is there, and before_tags done, if it is given, in their order, but "latest" last.
base::Result<Pushed> push_image(const Repository& repository, const oci::BlobDirectory& from,
                                const oci::Descriptor& root, std::span<const std::string> tags,
                                BlobLocations& locations, BlobSupply* supply = nullptr,
                                const BeforeTags& before_tags = {});

}  // namespace gantry::registry
