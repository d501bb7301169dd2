#include "cli/attestations.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/image_name.hpp"
#include "cli/version.hpp"
#include "oci/layout.hpp"
#include "supply/provenance.hpp"
#include "supply/sbom.hpp"

namespace gantry::cli {

using base::Result;

namespace {

bool lists(const std::vector<oci::Descriptor>& referrers, const content::Digest& digest) {
  return std::any_of(referrers.begin(), referrers.end(),
                     [&](const oci::Descriptor& referrer) { return referrer.digest == digest; });
}

/// Of all that decides what is attached.
content::Digest memory_key(const Subject& subject, const std::vector<std::string>& parts) {
  auto text = subject.reference() + "\n" + kVersion;
  for (const auto& part : parts) {
    text += "\n" + content::sha256(part).text();
  }
  return content::sha256(text);
}

}  // namespace

void AttestationOptions::add_to(CLI::App& command) {
  command.add_flag("--sbom", sbom, "Attach the bill of materials of each image");
  command.add_flag("--provenance", provenance, "Attach how each image was built");
  signing.add_to(command, "--sign-key");
  command.add_option("--build-record", build_record, "What CMake wrote about the build")
      ->type_name("FILE");
  command.add_option("--attached", memory, "Remembers what has been attached")->type_name("FILE");
}

Result<Attestations> Attestations::create(const AttestationOptions& options, std::string image,
                                          std::vector<std::string> tags) {
  Attestations attestations(options, std::move(image), std::move(tags));
  if (!options.signing.key.empty()) {
    GANTRY_TRY(attestations.key_, options.signing.read());
  }
  if (!options.build_record.empty()) {
    GANTRY_TRY(attestations.record_text_, base::read_file(options.build_record));
    GANTRY_TRY(attestations.record_,
               supply::parse_build_record(attestations.record_text_, options.build_record));
  }
  attestations.memory_ = AttachmentMemory::open(options.memory);
  return attestations;
}

Result<bool> Attestations::attach_to(const std::shared_ptr<Place>& place,
                                     const oci::BlobDirectory& blobs, const oci::Descriptor& root) {
  if (empty()) {
    return false;
  }
  GANTRY_TRY(auto subjects, oci::manifests_below(blobs, root));
  if (subjects.size() != 1 || subjects.front().digest != root.digest) {
    subjects.push_back(root);
  }
  bool changed = false;
  for (const auto& descriptor : subjects) {
    const bool is_index = oci::media_type::is_index(descriptor.media_type);
    if (is_index && !key_) {
      continue;
    }
    if (!is_index) {
      // An index of others may hold what is no image.
      GANTRY_TRY(const auto platform, oci::platform_of(blobs, descriptor));
      if (!platform) {
        continue;
      }
    }
    const Subject subject(place, descriptor);
    GANTRY_TRY(const auto listed, subject.referrers());
    if (!is_index) {
      GANTRY_TRY(const auto image, oci::read_image(blobs, descriptor));
      GANTRY_TRY(const bool attached, attach_documents(subject, listed, image));
      changed = changed || attached;
    }
    GANTRY_TRY(const bool is_signed, attach_signature(subject, listed));
    changed = changed || is_signed;
  }
  GANTRY_CHECK(memory_.save());
  return changed;
}

Result<bool> Attestations::attach_documents(const Subject& subject,
                                            const std::vector<oci::Descriptor>& listed,
                                            const oci::Image& image) {
  const auto name = image_name(image_, image);
  bool changed = false;
  if (options_.sbom) {
    GANTRY_TRY(changed, attach_document(subject, listed, {.artifact_type = supply::kSpdxMediaType},
                                        name, [&] {
                                          supply::SbomOptions sbom;
                                          sbom.name = name;
                                          sbom.tool = fmt::format("gantry-{}", kVersion);
                                          sbom.project = record_.project;
                                          return supply::make_sbom(image, sbom);
                                        }));
  }
  if (!options_.provenance) {
    return changed;
  }
  const auto tags = base::join(tags_, "\n");
  GANTRY_TRY(const bool attached, attach_document(subject, listed, supply::provenance_attachment(),
                                                  name + "\n" + tags, [&]() -> Result<std::string> {
                                                    GANTRY_TRY(auto facts,
                                                               supply::facts_of(record_, image));
                                                    facts.image = name;
                                                    facts.tags = tags_;
                                                    facts.tool_version = kVersion;
                                                    return supply::make_provenance(image, facts);
                                                  }));
  return changed || attached;
}

Result<bool> Attestations::attach_document(const Subject& subject,
                                           const std::vector<oci::Descriptor>& listed,
                                           const oci::Attachment& attachment,
                                           const std::string& parameters,
                                           const std::function<Result<std::string>()>& make) {
  const auto key = memory_key(subject, {attachment.artifact_type, record_text_, parameters});
  if (const auto before = memory_.find(key); before && lists(listed, *before)) {
    memory_.keep(key, *before);
    return false;
  }
  GANTRY_TRY(const auto document, make());
  GANTRY_TRY(const auto attached, attach(subject, listed, [&](const oci::BlobStore& store) {
               return oci::write_referrer(store, subject.descriptor(), attachment, document);
             }));
  memory_.keep(key, attached.manifest.digest);
  return attached.changed;
}

Result<bool> Attestations::attach_signature(const Subject& subject,
                                            const std::vector<oci::Descriptor>& listed) {
  if (!key_) {
    return false;
  }
  supply::SignatureClaim claim;
  claim.manifest = subject.descriptor().digest;
  claim.identity = subject.place().name();
  const auto key = memory_key(subject, {supply::kSignatureArtifactType,
                                        key_->public_key().fingerprint().text(), claim.identity});
  if (const auto before = memory_.find(key); before && lists(listed, *before)) {
    memory_.keep(key, *before);
    return false;
  }
  GANTRY_TRY(const auto attached, sign(subject, listed, *key_, claim));
  memory_.keep(key, attached.manifest.digest);
  return attached.changed;
}

}  // namespace gantry::cli
