#include "cli/subject.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "oci/json_document.hpp"

namespace gantry::cli {

using base::Result;

Result<Subject> Subject::find(const std::string& reference, const std::string& platform,
                              registry::Access access, const RegistryOptions& options) {
  GANTRY_TRY(auto found, find_published(reference, platform, access, options));
  return Subject(std::move(found.place), std::move(found.descriptor));
}

std::string Subject::reference() const {
  return fmt::format("{}@{}", place_->text(), descriptor_.digest.text());
}

Result<Attached> attach(const Subject& subject, const WriteReferrer& write) {
  return attach(subject, {}, write);
}

Result<Attached> attach(const Subject& subject, const std::vector<oci::Descriptor>& listed,
                        const WriteReferrer& write) {
  GANTRY_TRY(const auto scratch, base::TempDir::create());
  GANTRY_TRY(const auto store, oci::BlobStore::open(scratch.path()));
  GANTRY_TRY(auto manifest, write(store));
  if (std::any_of(listed.begin(), listed.end(),
                  [&](const oci::Descriptor& other) { return other.digest == manifest.digest; })) {
    return Attached{std::move(manifest), false};
  }
  GANTRY_TRY(const bool changed, subject.place().attach(store.blobs(), manifest));
  return Attached{std::move(manifest), changed};
}

Result<int> report(const Attached& attached, const Subject& subject, bool json) {
  const auto digest = attached.manifest.digest.text();
  const auto as_json = [&] {
    return oci::canonical({{"digest", digest},
                           {"artifactType", attached.manifest.artifact_type},
                           {"subject", subject.descriptor().digest.text()},
                           {"changed", attached.changed}});
  };
  GANTRY_CHECK(print((json ? as_json() : digest) + "\n"));
  return kSuccess;
}

}  // namespace gantry::cli
