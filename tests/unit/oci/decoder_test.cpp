#include "oci/decoder.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "oci/file_source.hpp"
#include "oci/verifying_source.hpp"
#include "tar_builder.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;
using testing::StringSource;

base::Result<std::string> read_all(ByteSource& source, std::size_t piece_size) {
  std::string all;
  std::vector<std::byte> piece(piece_size);
  for (;;) {
    GANTRY_TRY(const auto count, source.read(piece));
    all.append(reinterpret_cast<const char*>(piece.data()), count);
    if (count < piece.size()) {
      return all;
    }
  }
}

base::Result<std::string> decode(std::string_view bytes, std::string_view media_type = "",
                                 std::size_t piece_size = 65536) {
  GANTRY_TRY(const auto source, make_decoder(std::make_unique<StringSource>(bytes), media_type));
  return read_all(*source, piece_size);
}

std::string error_of(const base::Result<std::string>& result) {
  return result ? "no error" : result.error().what;
}

/// Compresses with a real tool; empty if it is not installed.
std::string compressed(std::vector<std::string> command, const std::string& input) {
  if (!base::find_program(command.front())) {
    return {};
  }
  const auto finished = base::run_checked({.arguments = std::move(command), .input = input});
  return finished ? finished->out : finished.error().what;
}

/// Some of it repeats, some does not; longer than all buffers together.
std::string sample() {
  std::string text;
  std::uint64_t state = 1;
  while (text.size() < 1'000'000) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += fmt::format("{:x}", state >> 20);
    text.append(state >> 58, 'r');
  }
  return text;
}

class Decoder : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const tool : {"gzip", "zstd"}) {
      if (!base::find_program(tool)) {
        GTEST_SKIP() << tool << " is not installed";
      }
    }
  }

  inline static const std::string plain_ = sample();
};

TEST_F(Decoder, ReadsWhatGzipWrites) {
  for (const char* const level : {"-1", "-6", "-9"}) {
    const auto bytes = compressed({"gzip", "-c", level}, plain_);
    for (const std::size_t piece : {1U << 22, 65536U, 4099U}) {
      const auto read = decode(bytes, media_type::kLayerGzip, piece);
      ASSERT_TRUE(read) << read.error().what;
      EXPECT_TRUE(*read == plain_) << level << " " << piece;
    }
  }
  EXPECT_EQ(*decode(compressed({"gzip", "-c"}, "")), "");
}

TEST_F(Decoder, ReadsWhatZstdWrites) {
  for (const char* const level : {"-1", "-19", "--long=27"}) {
    const auto bytes = compressed({"zstd", "-qc", level}, plain_);
    for (const std::size_t piece : {1U << 22, 65536U, 4099U}) {
      const auto read = decode(bytes, media_type::kLayerZstd, piece);
      ASSERT_TRUE(read) << read.error().what;
      EXPECT_TRUE(*read == plain_) << level << " " << piece;
    }
  }
  EXPECT_EQ(*decode(compressed({"zstd", "-qc"}, "")), "");
}

TEST_F(Decoder, PassesPlainBytesOn) {
  for (const std::string text : {"", "a", "abcd", "abcdefgh"}) {
    for (const std::size_t piece : {1U, 3U, 4U, 64U}) {
      EXPECT_EQ(*decode(text, media_type::kLayer, piece), text);
    }
  }
}

TEST_F(Decoder, JoinsMembersAndFrames) {
  const auto a = compressed({"gzip", "-c"}, plain_);
  const auto b = compressed({"gzip", "-c", "-1"}, "tail");
  EXPECT_TRUE(*decode(a + b + b) == plain_ + "tailtail");
  const auto c = compressed({"zstd", "-qc"}, plain_);
  const auto d = compressed({"zstd", "-qc", "--no-check"}, "tail");
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  EXPECT_TRUE(*decode(skippable + c + skippable + d + skippable) == plain_ + "tail");
}

TEST_F(Decoder, RefusesTruncation) {
  const auto gzip = compressed({"gzip", "-c"}, plain_);
  const auto zstd = compressed({"zstd", "-qc"}, plain_);
  for (const std::size_t missing : {1U, 4U, 8U, 100U, 100000U}) {
    EXPECT_EQ(error_of(decode(gzip.substr(0, gzip.size() - missing))),
              "the gzip stream is truncated")
        << missing;
    EXPECT_EQ(error_of(decode(zstd.substr(0, zstd.size() - missing))),
              "the zstd stream is truncated")
        << missing;
  }
  EXPECT_EQ(error_of(decode(gzip.substr(0, 5))), "the gzip stream is truncated");
  EXPECT_EQ(error_of(decode(gzip + gzip.substr(0, 5))), "the gzip stream is truncated");
  EXPECT_EQ(error_of(decode(zstd.substr(0, 5))), "the zstd stream is truncated");
}

TEST_F(Decoder, RefusesGarbageAfterTheEnd) {
  EXPECT_EQ(error_of(decode(compressed({"gzip", "-c"}, plain_) + "x")),
            "there is something else after the end of the gzip stream");
  EXPECT_EQ(error_of(decode(compressed({"gzip", "-c"}, plain_) + std::string(512, '\0'))),
            "there is something else after the end of the gzip stream");
  EXPECT_EQ(error_of(decode(compressed({"zstd", "-qc"}, plain_) + "garbage")),
            "the zstd stream is corrupt: Unknown frame descriptor");
}

TEST_F(Decoder, ChecksTheChecksums) {
  auto gzip = compressed({"gzip", "-c"}, plain_);
  gzip[gzip.size() - 8] ^= 1;  // CRC-32
  EXPECT_EQ(error_of(decode(gzip)), "the gzip stream is corrupt: its CRC does not match");
  gzip[gzip.size() - 8] ^= 1;
  gzip[gzip.size() - 1] ^= 1;  // ISIZE
  EXPECT_EQ(error_of(decode(gzip)), "the gzip stream is corrupt: its CRC does not match");
  auto zstd = compressed({"zstd", "-qc", "--check"}, plain_);
  zstd[zstd.size() - 1] ^= 1;
  EXPECT_EQ(error_of(decode(zstd)),
            "the zstd stream is corrupt: Restored data doesn't match checksum");
}

TEST_F(Decoder, BoundsTheWindow) {
  const auto bytes = compressed({"zstd", "-qc", "--ultra", "--long=28"}, plain_);
  EXPECT_EQ(error_of(decode(bytes)),
            "the zstd stream is corrupt: Frame requires too much memory for decoding");
}

TEST_F(Decoder, HoldsTheMediaTypeAgainstTheBytes) {
  const auto gzip = compressed({"gzip", "-c"}, "x");
  const auto zstd = compressed({"zstd", "-qc"}, "x");
  EXPECT_EQ(*decode(gzip, media_type::kDockerLayerGzip), "x");
  EXPECT_EQ(*decode(gzip, "application/vnd.docker.image.rootfs.diff.tar"), "x");
  EXPECT_EQ(error_of(decode(zstd, media_type::kLayerGzip)),
            "the blob begins like zstd, but its media type is "
            "application/vnd.oci.image.layer.v1.tar+gzip");
  EXPECT_EQ(error_of(decode("plain", media_type::kLayerZstd)),
            "the blob begins like no compression, but its media type is "
            "application/vnd.oci.image.layer.v1.tar+zstd");
  EXPECT_EQ(error_of(decode("x", "application/vnd.oci.image.layer.v1.tar+gzip+encrypted")),
            "the layer is encrypted");
}

TEST(VerifyingSource, HoldsBytesAgainstTheirClaim) {
  const std::string text(1'000'000, 't');
  const auto read = [&](Claim claim, std::size_t piece = 1000) {
    claim.what = "the text";
    VerifyingSource source(std::make_unique<StringSource>(text), std::move(claim));
    return read_all(source, piece);
  };
  EXPECT_TRUE(*read({.digest = content::sha256(text), .size = text.size()}) == text);
  EXPECT_TRUE(*read({.limit = text.size()}, 3'000'000) == text);
  EXPECT_EQ(error_of(read({.size = text.size() + 1})),
            "the text has 1000000 bytes instead of 1000001");
  EXPECT_EQ(error_of(read({.size = text.size() - 1})), "the text is longer than its 999999 bytes");
  EXPECT_EQ(error_of(read({.limit = 999'999})),
            "the text is longer than 999999 bytes, the most that is allowed");
  EXPECT_EQ(error_of(read({.digest = content::sha256("other")})),
            "the digest of the text is not as expected: expected " +
                content::sha256("other").text() + ", found " + content::sha256(text).text());
}

class OpenLayer : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = base::TempDir::create();
    ASSERT_TRUE(made);
    directory_ = std::make_unique<base::TempDir>(*std::move(made));
    ASSERT_TRUE(base::make_directories(directory_->path() / "blobs/sha256"));
  }

  Descriptor put(const std::string& bytes, std::string_view media_type) {
    Descriptor layer;
    layer.media_type = media_type;
    layer.digest = content::sha256(bytes);
    layer.size = bytes.size();
    EXPECT_TRUE(base::write_file(blobs().path_of(layer.digest), bytes));
    return layer;
  }

  base::Result<std::string> read(const Descriptor& layer, const std::optional<Digest>& diff_id,
                                 const DecodeOptions& options = {}) {
    GANTRY_TRY(const auto source, open_layer(blobs(), layer, diff_id, options));
    return read_all(*source, 65536);
  }

  BlobDirectory blobs() const { return BlobDirectory(directory_->path()); }

  std::unique_ptr<base::TempDir> directory_;
};

TEST_F(OpenLayer, VerifiesBothSides) {
  const auto plain = sample();
  const auto bytes = compressed({"gzip", "-c"}, plain);
  ASSERT_FALSE(bytes.empty()) << "gzip is not installed";
  const auto layer = put(bytes, media_type::kLayerGzip);
  EXPECT_TRUE(*read(layer, content::sha256(plain)) == plain);
  EXPECT_TRUE(*read(layer, std::nullopt) == plain);
  EXPECT_EQ(error_of(read(layer, content::sha256("x"))),
            "the digest of the layer's content is not as expected: expected " +
                content::sha256("x").text() + ", found " + content::sha256(plain).text());
  auto other = layer;
  other.digest = content::sha256("other");
  fs::rename(blobs().path_of(layer.digest), blobs().path_of(other.digest));
  EXPECT_EQ(error_of(read(other, std::nullopt)),
            "the digest of the layer's blob is not as expected: expected " + other.digest.text() +
                ", found " + layer.digest.text());
}

TEST_F(OpenLayer, NamesAMissingBlob) {
  Descriptor layer;
  layer.digest = content::sha256("none");
  const auto result = read(layer, std::nullopt);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "cannot read " + blobs().path_of(layer.digest).native() +
                                     ": No such file or directory");
}

TEST_F(OpenLayer, StopsDecompressionBombs) {
  const auto bytes = compressed({"gzip", "-c"}, std::string(10'000'000, '\0'));
  ASSERT_FALSE(bytes.empty()) << "gzip is not installed";
  const auto layer = put(bytes, media_type::kLayerGzip);
  EXPECT_TRUE(read(layer, std::nullopt));
  const auto result = read(layer, std::nullopt, {.maximum = 1'000'000});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what,
            "the layer's content is longer than 1000000 bytes, the most that is allowed");
  EXPECT_EQ(result.error().hint, "this may be a decompression bomb");
}

}  // namespace

}  // namespace gantry::oci
