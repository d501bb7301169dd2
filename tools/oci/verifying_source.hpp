#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "content/digest.hpp"
#include "oci/byte_source.hpp"

namespace gantry::oci {

using content::Digest;

/// What a stream of bytes is said to be.
struct Claim {
  std::string what = {};                   ///< names the stream in errors: "the blob"
  std::optional<Digest> digest = {};       ///< absent: not checked
  std::optional<std::uint64_t> size = {};  ///< bytes, exactly; absent: not checked
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  ///< bytes, at most
};

/// Passes the bytes of another source on and holds them against a claim. The last bytes are handed
/// out only after the claim has proved true; a stream that is too long is an error as soon as it
/// is. Buffers, so that many small reads cost little.
class VerifyingSource : public ByteSource {
 public:
  VerifyingSource(std::unique_ptr<ByteSource> inner, Claim claim);

  base::Result<std::size_t> read(std::span<std::byte> into) override;

 private:
  base::Result<void> fill();
  base::Result<void> verify();

  std::unique_ptr<ByteSource> inner_;
  Claim claim_;
  content::Sha256 hash_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what the buffer still holds
  std::size_t end_ = 0;
  std::uint64_t total_ = 0;
  bool ended_ = false;
};

}  // namespace gantry::oci
