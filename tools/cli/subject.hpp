#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/layout.hpp"

namespace gantry::cli {

/// What documents are attached to: a manifest, or an index of several, in a layout.
struct Subject {
  oci::Layout layout;
  oci::Descriptor descriptor;

  /// "oci:DIR@DIGEST".
  std::string reference() const;
};

/// oci:DIR[:TAG|@DIGEST]. A tag of an index means the index, unless a platform is given.
base::Result<Subject> find_subject(const std::string& reference, const std::string& platform);

/// Stores the manifest that is to be attached, and its blobs.
using WriteReferrer = std::function<base::Result<oci::Descriptor>(const oci::BlobStore& store)>;

struct Attached {
  oci::Descriptor manifest;
  bool changed = false;  ///< false: it was attached already
};
base::Result<Attached> attach(const Subject& subject, const WriteReferrer& write);

/// Prints the digest of what is attached, or JSON.
base::Result<int> report(const Attached& attached, const Subject& subject, bool json);

}  // namespace gantry::cli
