#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "oci/referrer.hpp"

namespace gantry::cli {

/// Where a document about an image goes: to a file, to standard output, or onto the image itself.
struct DocumentOutput {
  std::string file;
  bool attach = false;

  void add_to(CLI::App& command);

  /// image is what reference led to; attachment is what the document is.
  base::Result<int> put(const std::string& document, const std::string& reference,
                        const oci::Image& image, const oci::Attachment& attachment) const;
};

}  // namespace gantry::cli
