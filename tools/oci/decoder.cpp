#include "oci/decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <isa-l.h>
#include <zstd.h>

#include "base/text.hpp"
#include "oci/file_source.hpp"
#include "oci/vector_state.hpp"
#include "oci/verifying_source.hpp"

namespace gantry::oci {

namespace {

constexpr std::size_t kInput = std::size_t{128} << 10;
constexpr int kMaxWindowLog = 27;
constexpr std::uint64_t kMaxRatio = 1100;
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{1} << 30;

enum class Compression { kNone, kGzip, kZstd };

std::string_view name_of(Compression compression) {
  return compression == Compression::kGzip   ? "gzip"
         : compression == Compression::kZstd ? "zstd"
                                             : "no compression";
}

/// A stream whose first bytes were looked at.
class Peeked : public ByteSource {
 public:
  static base::Result<std::unique_ptr<Peeked>> make(std::unique_ptr<ByteSource> inner) {
    auto source = std::unique_ptr<Peeked>(new Peeked(std::move(inner)));
    GANTRY_TRY(source->count_, source->inner_->read(source->first_));
    return source;
  }

  base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto held = std::min(into.size(), count_ - used_);
    std::memcpy(into.data(), first_.data() + used_, held);
    used_ += held;
    if (held == into.size()) {
      return held;
    }
    GANTRY_TRY(const auto rest, inner_->read(into.subspan(held)));
    return held + rest;
  }

  Compression compression() const {
    constexpr std::string_view kGzip = "\x1F\x8B";
    constexpr std::string_view kZstd = "\x28\xB5\x2F\xFD";
    constexpr std::string_view kSkippable = "\x2A\x4D\x18";  // after a byte 0x50 to 0x5F
    const std::string_view first(reinterpret_cast<const char*>(first_.data()), count_);
    if (first.starts_with(kGzip)) {
      return Compression::kGzip;
    }
    const bool skippable =
        first.ends_with(kSkippable) && (first_[0] & std::byte{0xF0}) == std::byte{0x50};
    return skippable || first == kZstd ? Compression::kZstd : Compression::kNone;
  }

 private:
  explicit Peeked(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {}

  std::unique_ptr<ByteSource> inner_;
  std::array<std::byte, 4> first_{};
  std::size_t count_ = 0;
  std::size_t used_ = 0;
};

/// Input of a decompressor, a buffer at a time.
class Input {
 public:
  explicit Input(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), buffer_(kInput) {}

  /// The next piece; empty at the end.
  base::Result<std::span<std::byte>> next() {
    GANTRY_TRY(const auto count, source_->read(buffer_));
    return std::span(buffer_).first(count);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::vector<std::byte> buffer_;
};

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> source) : input_(std::move(source)) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  base::Result<std::size_t> read(std::span<std::byte> into) override {
    constexpr std::size_t kMost = std::size_t{1} << 30;  // ISA-L counts in 32 bits
    into = into.first(std::min(into.size(), kMost));
    state_.next_out = reinterpret_cast<std::uint8_t*>(into.data());
    state_.avail_out = static_cast<std::uint32_t>(into.size());
    while (state_.avail_out > 0 && !ended_) {
      GANTRY_CHECK(step());
    }
    return into.size() - state_.avail_out;
  }

 private:
  base::Result<void> step() {
    if (state_.avail_in == 0) {
      GANTRY_TRY(const auto piece, input_.next());
      state_.next_in = reinterpret_cast<std::uint8_t*>(piece.data());
      state_.avail_in = static_cast<std::uint32_t>(piece.size());
      input_ended_ = piece.empty();
    }
    if (state_.block_state == ISAL_BLOCK_FINISH) {
      return next_member();
    }
    const auto in_before = state_.avail_in;
    const auto out_before = state_.avail_out;
    const int code = isal_inflate(&state_);
    clear_vector_state();
    if (code != ISAL_DECOMP_OK) {
      return failure(code);
    }
    const bool stuck = state_.avail_in == in_before && state_.avail_out == out_before &&
                       state_.block_state != ISAL_BLOCK_FINISH;
    if (input_ended_ && stuck) {
      return base::Error{"the gzip stream is truncated", "", ""};
    }
    return {};
  }

  base::Result<void> next_member() {
    if (input_ended_) {
      ended_ = true;
      return {};
    }
    if (*state_.next_in != 0x1F) {
      return base::Error{"there is something else after the end of the gzip stream", "", ""};
    }
    isal_inflate_reset(&state_);
    state_.crc_flag = ISAL_GZIP;
    return {};
  }

  static base::Error failure(int code) {
    if (code == ISAL_INCORRECT_CHECKSUM) {
      return {"the gzip stream is corrupt: its CRC does not match", "", ""};
    }
    return {fmt::format("the gzip stream is corrupt (ISA-L error {})", code), "", ""};
  }

  Input input_;
  inflate_state state_{};
  bool input_ended_ = false;
  bool ended_ = false;
};

class ZstdSource : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> source)
      : input_(std::move(source)), stream_(ZSTD_createDStream()) {
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  }

  base::Result<std::size_t> read(std::span<std::byte> into) override {
    ZSTD_outBuffer out{into.data(), into.size(), 0};
    while (out.pos < out.size && !ended_) {
      if (in_.pos == in_.size) {
        GANTRY_TRY(const auto piece, input_.next());
        in_ = {piece.data(), piece.size(), 0};
      }
      const bool input_ended = in_.size == 0;
      if (input_ended && between_frames_) {
        ended_ = true;
        break;
      }
      const auto before = out.pos;
      const auto code = ZSTD_decompressStream(stream_.get(), &out, &in_);
      if (ZSTD_isError(code) != 0) {
        return base::Error{fmt::format("the zstd stream is corrupt: {}", ZSTD_getErrorName(code)),
                           "", ""};
      }
      between_frames_ = code == 0;
      if (input_ended && out.pos == before && !between_frames_) {
        return base::Error{"the zstd stream is truncated", "", ""};
      }
    }
    return out.pos;
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };

  Input input_;
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool between_frames_ = false;
  bool ended_ = false;
};

/// What the media type says; nothing if it leaves it open (docker archives name all layers alike).
std::optional<Compression> labelled(std::string_view media_type) {
  if (media_type.ends_with("+gzip") || media_type.ends_with(".gzip")) {
    return Compression::kGzip;
  }
  if (media_type.ends_with("+zstd") || media_type.ends_with(".zstd")) {
    return Compression::kZstd;
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::unique_ptr<ByteSource>> make_decoder(std::unique_ptr<ByteSource> compressed,
                                                       std::string_view media_type) {
  if (media_type.ends_with("+encrypted")) {
    return base::Error{"the layer is encrypted", "", "decrypt the image first"};
  }
  GANTRY_TRY(auto source, Peeked::make(std::move(compressed)));
  const auto found = source->compression();
  if (const auto expected = labelled(media_type); expected && *expected != found) {
    return base::Error{fmt::format("the blob begins like {}, but its media type is {}",
                                   name_of(found), base::printable(media_type)),
                       "", ""};
  }
  switch (found) {
    case Compression::kGzip:
      return std::unique_ptr<ByteSource>(std::make_unique<GzipSource>(std::move(source)));
    case Compression::kZstd:
      return std::unique_ptr<ByteSource>(std::make_unique<ZstdSource>(std::move(source)));
    case Compression::kNone:
      break;
  }
  return std::unique_ptr<ByteSource>(std::move(source));
}

base::Result<std::unique_ptr<ByteSource>> open_layer(const BlobDirectory& blobs,
                                                     const Descriptor& layer,
                                                     const std::optional<Digest>& diff_id,
                                                     const DecodeOptions& options) {
  GANTRY_CHECK(blobs.bring(std::span(&layer, 1)));
  GANTRY_TRY(auto file, FileSource::open(blobs.path_of(layer.digest)));
  auto blob = std::make_unique<VerifyingSource>(
      std::move(file),
      Claim{.what = "the layer's blob", .digest = layer.digest, .size = layer.size});
  GANTRY_TRY(auto decoder, make_decoder(std::move(blob), layer.media_type));
  const auto by_ratio =
      std::max(kAlwaysAllowed, std::min(layer.size, std::uint64_t{1} << 50) * kMaxRatio);
  return std::unique_ptr<ByteSource>(std::make_unique<VerifyingSource>(
      std::move(decoder), Claim{.what = "the layer's content",
                                .digest = diff_id,
                                .limit = options.maximum.value_or(by_ratio)}));
}

}  // namespace gantry::oci
