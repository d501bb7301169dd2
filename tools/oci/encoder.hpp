#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::oci {

/// What became of one chunk.
struct EncodedChunk {
  std::size_t size = 0;   ///< bytes of output
  std::uint32_t crc = 0;  ///< CRC-32 of the input, where the format wants one; 0 else
};

/// A compression that works on independent chunks whose outputs, joined in order between a header
/// and a trailer, are one valid stream. The output depends on the input and on identity() alone,
/// never on the number of threads.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Everything that decides the bytes, as recorded in the layer's annotation and key:
  /// "gzip isa-l/2.30.0 level=2 chunk=1048576 probe=1a2b3c4d". The probe is a checksum of what the
  /// encoder makes of a fixed sample on this machine: ISA-L's output depends on the CPU's
  /// instruction set (measured: SSE4.2 up to AVX-512 agree at this level, older CPUs do not), and a
  /// shared library may be another version than the one we were compiled with.
  virtual std::string identity() const = 0;
  virtual std::string_view layer_media_type() const = 0;
  virtual std::size_t chunk_size() const = 0;        ///< bytes of input per chunk
  virtual std::size_t max_encoded_size() const = 0;  ///< bytes of output per chunk at most

  /// State of one worker thread (tables, buffers), used for one chunk after another.
  class Worker {
   public:
    virtual ~Worker() = default;
    /// Compresses one chunk (1 to chunk_size() bytes) into out, which holds max_encoded_size().
    virtual base::Result<EncodedChunk> compress(std::span<const std::byte> in,
                                                std::span<std::byte> out) = 0;
  };
  virtual std::unique_ptr<Worker> make_worker() const = 0;

  virtual std::vector<std::byte> header() const = 0;
  /// crc: CRC-32 of all input; size: bytes of all input.
  virtual std::vector<std::byte> trailer(std::uint32_t crc, std::uint64_t size) const = 0;
};

/// name: gzip (ISA-L, fast), gzip-dense (libdeflate), zstd, none. An unknown name is an error that
/// names the nearest.
base::Result<std::unique_ptr<Encoder>> make_encoder(std::string_view name);

}  // namespace gantry::oci
