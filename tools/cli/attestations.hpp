#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "cli/attachment_memory.hpp"
#include "cli/signing.hpp"
#include "supply/build_record.hpp"

namespace gantry::cli {

/// The options that say what an image gets attached when it is published.
struct AttestationOptions {
  bool sbom = false;
  bool provenance = false;
  SigningKeyOptions signing;
  std::string build_record;  ///< a file, see supply::parse_build_record
  std::string memory;        ///< a file, see AttachmentMemory

  void add_to(CLI::App& command);
};

/// Attaches bill of materials and provenance to each image that is published, and a signature to
/// each image and to their index. What is attached already is left alone.
class Attestations {
 public:
  /// image is what a person calls the image that is published; tags are those it is to get.
  static base::Result<Attestations> create(const AttestationOptions& options, std::string image,
                                           std::vector<std::string> tags);

  /// Whether nothing is wanted.
  bool empty() const { return !options_.sbom && !options_.provenance && !key_; }

  /// To the image, or the index with its images, whose blobs are read from a directory. True if
  /// anything was missing.
  base::Result<bool> attach_to(const std::shared_ptr<Place>& place, const oci::BlobDirectory& blobs,
                               const oci::Descriptor& root);

 private:
  Attestations(AttestationOptions options, std::string image, std::vector<std::string> tags)
      : options_(std::move(options)), image_(std::move(image)), tags_(std::move(tags)) {}

  base::Result<bool> attach_documents(const Subject& subject,
                                      const std::vector<oci::Descriptor>& listed,
                                      const oci::Image& image);
  base::Result<bool> attach_document(const Subject& subject,
                                     const std::vector<oci::Descriptor>& listed,
                                     const oci::Attachment& attachment,
                                     const std::string& parameters,
                                     const std::function<base::Result<std::string>()>& make);
  base::Result<bool> attach_signature(const Subject& subject,
                                      const std::vector<oci::Descriptor>& listed);

  AttestationOptions options_;
  std::string image_;
  std::vector<std::string> tags_;
  std::string record_text_;
  supply::BuildRecord record_;
  std::optional<supply::PrivateKey> key_;
  AttachmentMemory memory_;
};

}  // namespace gantry::cli
