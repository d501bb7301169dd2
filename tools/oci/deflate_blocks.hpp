#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.hpp"

/// Joining of complete raw deflate streams (RFC 1951), as compressors without a flush make them.
namespace gantry::oci {

struct DeflateEnd {
  std::size_t last_block = 0;  ///< position of the last block's first bit, its BFINAL
  std::size_t end = 0;         ///< position of the first bit behind the last block
  bool operator==(const DeflateEnd&) const = default;
};

/// Walks through the blocks of complete streams without decompressing them: codes are only
/// measured, several at once. Whatever is not one valid stream up to the end of its bits is an
/// error.
base::Result<DeflateEnd> find_deflate_end(std::span<const std::byte> stream);

/// Of two streams at once: one walk is a chain of table lookups that wait for each other, so two of
/// them side by side take hardly longer than one.
base::Result<std::array<DeflateEnd, 2>> find_deflate_ends(std::span<const std::byte> first,
                                                          std::span<const std::byte> second);

/// Room that flush_deflate_end may need behind the stream, in bytes.
inline constexpr std::size_t kDeflateFlushSize = 5;

/// Turns the complete stream in the first size bytes of buffer, which ends at end, into one that
/// others can follow: its last block is no longer marked as the last, and an empty stored block
/// brings it to a byte boundary, as zlib's Z_FULL_FLUSH does. Returns the new size, at most
/// size + kDeflateFlushSize.
std::size_t flush_deflate_end(std::span<std::byte> buffer, std::size_t size, const DeflateEnd& end);

}  // namespace gantry::oci
