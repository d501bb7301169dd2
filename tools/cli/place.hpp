#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/registry_options.hpp"
#include "oci/blob_directory.hpp"
#include "oci/descriptor.hpp"
#include "oci/image.hpp"
#include "oci/layout.hpp"
#include "registry/repository.hpp"
#include "supply/signature.hpp"

namespace gantry::cli {

/// Where images are published, and documents attached to them: an OCI layout, or a repository of a
/// registry.
class Place {
 public:
  virtual ~Place() = default;

  /// "oci:DIR", "HOST/REPOSITORY": with a digest behind it, a reference.
  virtual std::string text() const = 0;

  /// What the image is called there.
  virtual std::string name() const = 0;

  /// What is attached to a manifest.
  virtual base::Result<std::vector<oci::Descriptor>> referrers(const oci::Digest& subject) = 0;

  /// A directory that has a manifest, and its blobs, which must not be larger than limit together;
  /// it lives as long as the Place.
  virtual base::Result<oci::BlobDirectory> fetch(const oci::Descriptor& manifest,
                                                 std::uint64_t limit) = 0;

  /// Takes a manifest with a subject over from where it is; false if it was attached already.
  virtual base::Result<bool> attach(const oci::BlobDirectory& from,
                                    const oci::Descriptor& manifest) = 0;

  /// The manifest in which cosign keeps signatures, by a tag of its own.
  virtual base::Result<std::optional<oci::Descriptor>> find_cosign_signatures(
      const oci::Digest& subject) = 0;

  /// Adds one to it; nothing where cosign looks for none.
  virtual base::Result<void> add_cosign_signature(const oci::Digest& subject,
                                                  const supply::Signature& signature) = 0;
};

/// For Place::fetch: more than any manifest of signatures has.
inline constexpr std::uint64_t kMaximumSignatures = std::uint64_t{16} << 20;

std::shared_ptr<Place> make_layout_place(oci::Layout layout);

/// client is what the repository is of; reference names it.
base::Result<std::shared_ptr<Place>> make_registry_place(std::shared_ptr<registry::Client> client,
                                                         registry::Reference reference,
                                                         registry::Repository repository);

/// A Place, and the manifest or index in it that was asked for, whose bytes are verified.
struct Found {
  std::shared_ptr<Place> place;
  oci::Descriptor descriptor;
};

/// oci:DIR[:TAG|@DIGEST] or HOST/REPOSITORY[:TAG|@DIGEST]. A tag of an index means the index,
/// unless a platform is given.
base::Result<Found> find_published(const std::string& reference, const std::string& platform,
                                   registry::Access access, const RegistryOptions& options);

/// An image that documents are made about.
struct NamedImage {
  oci::Image image;
  std::shared_ptr<Place> place;  ///< the registry that it was fetched from; null: it is on the disk
};

/// What of an image of a registry has to be fetched.
enum class Need { kConfig, kLayers };

/// Opens a reference of oci::open_image, or HOST/REPOSITORY[:TAG|@DIGEST].
base::Result<NamedImage> open_named_image(const std::string& reference, const std::string& platform,
                                          Need need, registry::Access access,
                                          const RegistryOptions& options);

}  // namespace gantry::cli
