#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "cli/place.hpp"
#include "cli/registry_options.hpp"
#include "oci/referrer.hpp"

namespace gantry::cli {

/// Where a document about an image goes: to a file, to standard output, or onto the image itself.
struct DocumentOutput {
  std::string file;
  bool attach = false;
  RegistryOptions registry;

  void add_to(CLI::App& command);

  /// As open_named_image, of a platform if one is given.
  base::Result<NamedImage> open(const std::string& reference, const std::string& platform,
                                Need need) const;

  /// named is what reference led to; attachment is what the document is.
  base::Result<int> put(const std::string& document, const std::string& reference,
                        const NamedImage& named, const oci::Attachment& attachment) const;
};

}  // namespace gantry::cli
