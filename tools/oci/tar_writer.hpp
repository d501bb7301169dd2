#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/tar_header.hpp"

/// Tar archives as image layers hold them (POSIX.1-2017 pax, ustar where that suffices).
namespace gantry::oci {

/// Two blocks of zeros; nothing more, since a layer is not written to tapes.
inline constexpr std::size_t kTarEnd = 2 * kTarBlock;

/// Zero bytes behind a content of size bytes.
constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

/// The name that an entry has in a layer: its path, for a whiteout .wh.NAME or .wh..wh..opq in the
/// directory (image-spec, layer.md).
std::string tar_name(const content::Entry& entry);

/// Appends the headers of entry to out: a pax one if ustar cannot say everything, then the ustar
/// one. A file's content and tar_padding have to follow. Owners are numbers, names of owners empty,
/// no time is later than latest_mtime. What no tar can hold is an error that names the entry.
base::Result<void> append_tar_header(const content::Entry& entry, std::int64_t latest_mtime,
                                     std::string& out);

}  // namespace gantry::oci
