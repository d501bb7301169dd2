#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/registry_options.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor.hpp"
#include "registry/repository.hpp"

namespace gantry::cli {

/// What documents are attached to: a manifest, or an index of several, where it is published.
class Subject {
 public:
  explicit Subject(oci::Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  virtual ~Subject() = default;

  /// Of the manifest or index, whose bytes have been read and verified.
  const oci::Descriptor& descriptor() const { return descriptor_; }

  /// "oci:DIR@DIGEST", "HOST/REPOSITORY@DIGEST".
  virtual std::string reference() const = 0;

  /// The name under which it is published, without tag and digest.
  virtual std::string name() const = 0;

  virtual base::Result<std::vector<oci::Descriptor>> referrers() = 0;

  /// A directory that has a referrer's manifest and blobs; it lives as long as the Subject.
  virtual base::Result<oci::BlobDirectory> fetch(const oci::Descriptor& referrer) = 0;

  /// Takes a referrer over from where it is; false if it was attached already.
  virtual base::Result<bool> attach(const oci::BlobDirectory& from,
                                    const oci::Descriptor& referrer) = 0;

 private:
  oci::Descriptor descriptor_;
};

/// oci:DIR[:TAG|@DIGEST] or HOST/REPOSITORY[:TAG|@DIGEST]. A tag of an index means the index,
/// unless a platform is given.
base::Result<std::unique_ptr<Subject>> find_subject(const std::string& reference,
                                                    const std::string& platform,
                                                    registry::Access access,
                                                    const RegistryOptions& options);

/// Stores the manifest that is to be attached, and its blobs.
using WriteReferrer = std::function<base::Result<oci::Descriptor>(const oci::BlobStore& store)>;

struct Attached {
  oci::Descriptor manifest;
  bool changed = false;  ///< false: it was attached already
};
base::Result<Attached> attach(Subject& subject, const WriteReferrer& write);

/// Prints the digest of what is attached, or JSON.
base::Result<int> report(const Attached& attached, const Subject& subject, bool json);

}  // namespace gantry::cli
