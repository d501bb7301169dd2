#pragma once

#include <functional>

#include "base/result.hpp"
#include "oci/byte_source.hpp"
#include "oci/image.hpp"
#include "oci/merged_tree.hpp"
#include "oci/tar_reader.hpp"

namespace gantry::oci {

/// Is given a kFile of the tree and a reader that stands at its content.
using ContentVisitor =
    std::function<base::Result<void>(const MergedEntry& file, TarReader& content)>;

/// Shows the visitor every file of the tree once, in one pass over each layer that still has some
/// (lowest first, in the order of its tar stream), with memory that does not depend on their sizes.
/// Stops with an error when the process is interrupted.
base::Result<void> visit_contents(const Image& image, const MergedTree& tree,
                                  const ContentVisitor& visitor);

/// The same of one layer (0 is the lowest), whose tar stream this is.
base::Result<void> visit_layer_contents(ByteSource& tar, const MergedTree& tree, std::size_t layer,
                                        const ContentVisitor& visitor);

}  // namespace gantry::oci
