#include <cstring>

#include "oci/descriptor.hpp"
#include "oci/encoders.hpp"

namespace gantry::oci {

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;

class PlainWorker : public Encoder::Worker {
 public:
  base::Result<EncodedChunk> compress(std::span<const std::byte> in,
                                      std::span<std::byte> out) override {
    std::memcpy(out.data(), in.data(), in.size());
    return EncodedChunk{in.size(), 0};
  }
};

class PlainEncoder : public Encoder {
 public:
  std::string identity() const override { return "none"; }
  std::string_view layer_media_type() const override { return media_type::kLayer; }
  std::size_t chunk_size() const override { return kChunk; }
  std::size_t max_encoded_size() const override { return kChunk; }
  std::unique_ptr<Worker> make_worker() const override { return std::make_unique<PlainWorker>(); }
  std::vector<std::byte> header() const override { return {}; }
  std::vector<std::byte> trailer(std::uint32_t /*crc*/, std::uint64_t /*size*/) const override {
    return {};
  }
};

}  // namespace

std::unique_ptr<Encoder> make_plain_encoder() {
  return std::make_unique<PlainEncoder>();
}

}  // namespace gantry::oci
