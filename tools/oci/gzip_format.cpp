#include <array>

#include "oci/encoders.hpp"

namespace gantry::oci {

std::vector<std::byte> gzip_header() {
  constexpr std::array<unsigned char, 10> kHeader{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
  const auto bytes = std::as_bytes(std::span(kHeader));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> gzip_trailer(std::uint32_t crc, std::uint64_t size) {
  // Last block, fixed Huffman codes, end of block: 1, 01, 0000000 (RFC 1951, 3.2.6).
  std::vector<std::byte> bytes{std::byte{3}, std::byte{0}};
  for (const auto number : {crc, static_cast<std::uint32_t>(size)}) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::byte>(number >> shift));
    }
  }
  return bytes;
}

}  // namespace gantry::oci
