#include "cli/subject.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"

namespace gantry::cli {

using base::Result;

std::string Subject::reference() const {
  return fmt::format("oci:{}@{}", layout.blobs().root().native(), descriptor.digest.text());
}

Result<Subject> find_subject(const std::string& reference, const std::string& platform) {
  if (reference.starts_with("docker-archive:") || reference.ends_with(".image")) {
    return base::Error{fmt::format("'{}' is no published image", base::printable(reference)), "",
                       "gantry image publish puts it into a layout, oci:DIR[:TAG|@DIGEST], where "
                       "documents can be attached to it"};
  }
  GANTRY_TRY(const auto place, oci::parse_layout_reference(reference));
  GANTRY_TRY(auto layout, oci::Layout::open(place.directory));
  oci::Selection selection{.tag = place.tag};
  if (!place.digest.empty()) {
    GANTRY_TRY(selection.digest, oci::Digest::parse(place.digest));
  }
  if (platform.empty()) {
    GANTRY_TRY(auto descriptor, layout.find(selection));
    return Subject{std::move(layout), std::move(descriptor)};
  }
  GANTRY_TRY(selection.platform, oci::Platform::parse(platform));
  GANTRY_TRY(auto descriptor, layout.resolve(selection));
  return Subject{std::move(layout), std::move(descriptor)};
}

Result<Attached> attach(const Subject& subject, const WriteReferrer& write) {
  GANTRY_TRY(const auto scratch, base::TempDir::create(subject.layout.blobs().root()));
  GANTRY_TRY(const auto store, oci::BlobStore::open(scratch.path()));
  GANTRY_TRY(auto manifest, write(store));
  GANTRY_TRY(const bool changed, subject.layout.attach(store.blobs(), manifest));
  return Attached{std::move(manifest), changed};
}

Result<int> report(const Attached& attached, const Subject& subject, bool json) {
  const auto digest = attached.manifest.digest.text();
  const auto as_json = [&] {
    return oci::canonical({{"digest", digest},
                           {"artifactType", attached.manifest.artifact_type},
                           {"subject", subject.descriptor.digest.text()},
                           {"changed", attached.changed}});
  };
  GANTRY_CHECK(print((json ? as_json() : digest) + "\n"));
  return kSuccess;
}

}  // namespace gantry::cli
