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

/// A compression that works on independent chunks whose outputs, joined in order between a header
/// and a trailer, are one valid stream. The output depends on the input and on identity() alone,
/// never on the number of threads.
class Encoder {
 public:
  virtual ~Encoder() = default;

  /// Everything that decides the bytes, as recorded in the layer's annotation and key:
  /// "gzip isa-l/2.30.0 level=1 chunk=1048576".
  virtual std::string identity() const = 0;
  virtual std::string_view layer_media_type() const = 0;
  virtual std::size_t chunk_size() const = 0;  ///< bytes of input per chunk

  /// State of one worker thread (tables, buffers), used for one chunk after another.
  class Worker {
   public:
    virtual ~Worker() = default;
    /// Compresses one chunk into out (replaced, its capacity reused); returns the chunk's CRC-32
    /// where the format wants one.
    virtual std::uint32_t compress(std::span<const std::byte> in, std::vector<std::byte>& out) = 0;
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
