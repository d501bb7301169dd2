#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/byte_source.hpp"

namespace gantry::oci {

/// The decompressed bytes of a stream that is gzip (any number of members, each with its CRC
/// checked), zstd (any number of frames, windows up to 128 MiB) or plain, as its first bytes say.
/// A media type that says otherwise is an error, and so is anything after the end.
base::Result<std::unique_ptr<ByteSource>> make_decoder(std::unique_ptr<ByteSource> compressed,
                                                       std::string_view media_type);

struct DecodeOptions {
  /// Bytes that a layer may become; absent: 1100 times its compressed size (no gzip stream can
  /// become more), but at least 1 GiB.
  std::optional<std::uint64_t> maximum;
};

/// The tar stream of a layer. The blob is held against its descriptor's size and digest, the stream
/// against diff_id if that is given: whoever has read it to the end without an error knows both to
/// be true.
base::Result<std::unique_ptr<ByteSource>> open_layer(const BlobDirectory& blobs,
                                                     const Descriptor& layer,
                                                     const std::optional<Digest>& diff_id,
                                                     const DecodeOptions& options = {});

}  // namespace gantry::oci
