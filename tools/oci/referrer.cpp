#include "oci/referrer.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

using base::Result;

namespace {

constexpr std::string_view kEmptyDocument = "{}";
constexpr std::string_view kTagPrefix = "sha256-";

std::string_view blob_type(const Attachment& attachment) {
  return attachment.media_type.empty() ? attachment.artifact_type : attachment.media_type;
}

Result<void> check_types(const Attachment& attachment) {
  for (const std::string_view type :
       {std::string_view(attachment.artifact_type), blob_type(attachment),
        std::string_view(attachment.config_type)}) {
    if (!media_type::is_valid(type)) {
      return base::Error{fmt::format("'{}' is not a media type", base::printable(type)), "",
                         "one looks like application/spdx+json"};
    }
  }
  return {};
}

Result<Descriptor> write_manifest(const BlobStore& store, const Descriptor& subject,
                                  const Attachment& attachment, Descriptor blob) {
  Manifest manifest;
  manifest.artifact_type = attachment.artifact_type;
  manifest.annotations = attachment.annotations;
  manifest.subject.emplace();
  manifest.subject->media_type = subject.media_type;
  manifest.subject->digest = subject.digest;
  manifest.subject->size = subject.size;
  blob.annotations = attachment.blob_annotations;
  manifest.layers.push_back(std::move(blob));
  GANTRY_TRY(manifest.config, store.put(kEmptyDocument, attachment.config_type));
  GANTRY_TRY(auto descriptor, store.put(to_json(manifest), media_type::kManifest));
  return describe_referrer(std::move(descriptor), manifest);
}

}  // namespace

Result<Descriptor> write_referrer(const BlobStore& store, const Descriptor& subject,
                                  const Attachment& attachment, std::string_view content) {
  GANTRY_CHECK(check_types(attachment));
  GANTRY_TRY(auto blob, store.put(content, blob_type(attachment)));
  return write_manifest(store, subject, attachment, std::move(blob));
}

Result<Descriptor> write_referrer_of_file(const BlobStore& store, const Descriptor& subject,
                                          const Attachment& attachment,
                                          const std::filesystem::path& file) {
  GANTRY_CHECK(check_types(attachment));
  GANTRY_TRY(const auto fd, base::open_file(file, O_RDONLY | O_CLOEXEC));
  GANTRY_TRY(auto writer, store.create());
  Descriptor blob;
  blob.media_type = blob_type(attachment);
  GANTRY_TRY(blob.digest, writer.copy(fd.get(), file));
  blob.size = writer.size();
  GANTRY_CHECK(store.commit(std::move(writer), blob.digest));
  return write_manifest(store, subject, attachment, std::move(blob));
}

Descriptor describe_referrer(Descriptor descriptor, const Manifest& manifest) {
  descriptor.artifact_type =
      manifest.artifact_type.empty() ? manifest.config.media_type : manifest.artifact_type;
  descriptor.annotations = manifest.annotations;
  return descriptor;
}

std::string referrers_tag(const Digest& subject) {
  return std::string(kTagPrefix) + subject.hex();
}

std::string signatures_tag(const Digest& subject) {
  return referrers_tag(subject) + ".sig";
}

std::optional<Digest> subject_of_tag(std::string_view tag) {
  constexpr std::size_t kHexDigits = 64;
  if (!tag.starts_with(kTagPrefix)) {
    return std::nullopt;
  }
  tag.remove_prefix(kTagPrefix.size());
  if (tag.size() > kHexDigits && tag[kHexDigits] != '.') {
    return std::nullopt;
  }
  const auto digest = Digest::parse(fmt::format("sha256:{}", tag.substr(0, kHexDigits)));
  return digest ? std::optional(*digest) : std::nullopt;
}

}  // namespace gantry::oci
