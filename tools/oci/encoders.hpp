#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "oci/encoder.hpp"

/// The encoders behind make_encoder, one source file each, and what they share.
namespace gantry::oci {

std::unique_ptr<Encoder> make_fast_gzip_encoder();
std::unique_ptr<Encoder> make_dense_gzip_encoder();
std::unique_ptr<Encoder> make_zstd_encoder();
std::unique_ptr<Encoder> make_plain_encoder();

/// RFC 1952 member header: no name, no time, unknown operating system.
std::vector<std::byte> gzip_header();

/// A last, empty deflate block, the CRC-32 and the size: for chunks that end on a byte boundary.
std::vector<std::byte> gzip_trailer(std::uint32_t crc, std::uint64_t size);

/// "probe=<checksum>" of what a worker makes of a fixed sample of text, code-like and random bytes.
std::string probe(Encoder::Worker& worker, std::size_t max_encoded_size);

}  // namespace gantry::oci
