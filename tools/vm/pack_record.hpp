#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"

namespace gantry::vm {

/// Which layers a thing is packed in, whether or not their blobs are here: so that what a registry
/// has need not be packed again.
struct PackRecord {
  std::vector<oci::Descriptor> layers;
  std::string created;     ///< of a checkpoint: RFC 3339
  std::uint64_t size = 0;  ///< of an input
  content::Digest digest;  ///< of an input, as in SavedFile
};

/// Nothing if there is none, or if it is damaged: it costs packing again.
std::optional<PackRecord> read_pack_record(const std::filesystem::path& path);

base::Result<void> write_pack_record(const std::filesystem::path& path, const PackRecord& record);

}  // namespace gantry::vm
