#include "oci/decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <zlib.h>

#include "oci/verifying_source.hpp"

namespace {

constexpr std::uint64_t kMaximum = std::uint64_t{256} << 10;

class DataSource : public gantry::oci::ByteSource {
 public:
  explicit DataSource(std::span<const std::byte> rest) : rest_(rest) {}

  gantry::base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto count = std::min(into.size(), rest_.size());
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> rest_;
};

/// All that the decoder makes of the data, read in pieces of the given size; nothing on an error.
std::optional<std::vector<std::byte>> decode(std::span<const std::byte> data, std::size_t piece) {
  auto decoder = gantry::oci::make_decoder(std::make_unique<DataSource>(data), "");
  if (!decoder) {
    return std::nullopt;
  }
  gantry::oci::VerifyingSource source(*std::move(decoder),
                                      gantry::oci::Claim{.what = "input", .limit = kMaximum});
  std::vector<std::byte> out;
  for (;;) {
    const auto before = out.size();
    out.resize(before + piece);
    const auto count = source.read(std::span(out).subspan(before));
    if (!count) {
      return std::nullopt;
    }
    out.resize(before + *count);
    if (*count == 0) {
      return out;
    }
  }
}

/// What zlib makes of one gzip member; nothing if it sees an error, or more than one member.
std::optional<std::vector<std::byte>> zlib_decode(std::span<const std::byte> data) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) {
    std::abort();
  }
  std::vector<std::byte> out(kMaximum);
  std::vector<Bytef> in(data.size());
  std::transform(data.begin(), data.end(), in.begin(),
                 [](std::byte b) { return std::to_integer<Bytef>(b); });
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = inflate(&stream, Z_FINISH);
  const bool whole = code == Z_STREAM_END && stream.avail_in == 0;
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

/// The size of the pieces changes nothing, and what zlib reads from one gzip member we read too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto large = decode(bytes, 1 << 16);
  if (large != decode(bytes, 777)) {
    std::abort();
  }
  const bool gzip = size >= 2 && data[0] == 0x1F && data[1] == 0x8B;
  if (gzip) {
    const auto expected = zlib_decode(bytes);
    if (expected && large != expected) {
      std::abort();
    }
  }
  return 0;
}
