#include <string_view>

#include <fmt/format.h>
#include <zlib.h>

#include "oci/encoders.hpp"

namespace gantry::oci {

namespace {

/// 96 KiB that make a match finder work: words in changing order, records with small differences,
/// and noise.
std::vector<std::byte> sample() {
  constexpr std::size_t kSize = std::size_t{96} << 10;
  constexpr std::string_view kWords =
      "the image layer file digest block header of offset install copyright license return struct "
      "const include template typename namespace std vector string";
  std::vector<std::byte> bytes;
  bytes.reserve(kSize);
  std::uint64_t state = 0x9e3779b97f4a7c15;  // xorshift64: the same everywhere
  const auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  while (bytes.size() < kSize) {
    const auto random = next();
    const auto kind = bytes.size() / 8192 % 3;
    if (kind == 0) {
      const auto begin = random % (kWords.size() - 12);
      for (const char c : kWords.substr(begin, 3 + (random >> 32) % 9)) {
        bytes.push_back(static_cast<std::byte>(c));
      }
    } else {
      const auto record = kind == 1 ? bytes.size() / 64 * 0x1001 + (random & 0x0300ff) : random;
      for (unsigned shift = 0; shift < 64; shift += 8) {
        bytes.push_back(static_cast<std::byte>(record >> shift));
      }
    }
  }
  bytes.resize(kSize);
  return bytes;
}

}  // namespace

std::string probe(Encoder::Worker& worker, std::size_t max_encoded_size) {
  const auto out = std::make_unique_for_overwrite<std::byte[]>(max_encoded_size);
  const auto encoded = worker.compress(sample(), {out.get(), max_encoded_size});
  if (!encoded) {
    return "probe=failed";
  }
  const auto checksum = crc32_z(0, reinterpret_cast<const Bytef*>(out.get()), encoded->size);
  return fmt::format("probe={:08x}", checksum);
}

}  // namespace gantry::oci
