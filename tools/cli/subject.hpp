#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/place.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor.hpp"

namespace gantry::cli {

/// What documents are attached to: a manifest, or an index of several, where it is published.
class Subject {
 public:
  Subject(std::shared_ptr<Place> place, oci::Descriptor descriptor)
      : place_(std::move(place)), descriptor_(std::move(descriptor)) {}

  /// As find_published does.
  static base::Result<Subject> find(const std::string& reference, const std::string& platform,
                                    registry::Access access, const RegistryOptions& options);

  const oci::Descriptor& descriptor() const { return descriptor_; }
  Place& place() const { return *place_; }

  /// "oci:DIR@DIGEST", "HOST/REPOSITORY@DIGEST".
  std::string reference() const;

  base::Result<std::vector<oci::Descriptor>> referrers() const {
    return place_->referrers(descriptor_.digest);
  }

 private:
  std::shared_ptr<Place> place_;
  oci::Descriptor descriptor_;
};

/// Stores the manifest that is to be attached, and its blobs.
using WriteReferrer = std::function<base::Result<oci::Descriptor>(const oci::BlobStore& store)>;

struct Attached {
  oci::Descriptor manifest;
  bool changed = false;  ///< false: it was attached already
};
base::Result<Attached> attach(const Subject& subject, const WriteReferrer& write);

/// The same where the list of what is attached is known: what it has is not asked for again.
base::Result<Attached> attach(const Subject& subject, const std::vector<oci::Descriptor>& listed,
                              const WriteReferrer& write);

/// Prints the digest of what is attached, or JSON.
base::Result<int> report(const Attached& attached, const Subject& subject, bool json);

}  // namespace gantry::cli
