#include "oci/encoder.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zlib.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::oci {
namespace {

using Bytes = std::vector<std::byte>;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// size bytes: a third text, a third noise, a third zeros, in pieces of 100,000.
std::string mixed_input(std::size_t size) {
  std::mt19937_64 random(3);
  std::string input;
  while (input.size() < size) {
    const auto kind = input.size() / 100000 % 3;
    if (kind == 0) {
      input += fmt::format("{} install {:x} component\n", random() % 5000, random() % 999);
    } else if (kind == 1) {
      for (unsigned shift = 0; shift < 64; shift += 8) {
        input.push_back(static_cast<char>(random()));
      }
    } else {
      input.append(1000, '\0');
    }
  }
  input.resize(size);
  return input;
}

Bytes encode(const Encoder& encoder, std::string_view input) {
  const auto worker = encoder.make_worker();
  Bytes stream = encoder.header();
  Bytes out(encoder.max_encoded_size());
  uLong crc = crc32_z(0, nullptr, 0);
  for (std::size_t at = 0; at < input.size(); at += encoder.chunk_size()) {
    const auto chunk = input.substr(at, encoder.chunk_size());
    const auto encoded = worker->compress(std::as_bytes(std::span(chunk)), out);
    EXPECT_TRUE(encoded) << encoded.error().what;
    crc = crc32_combine(crc, encoded->crc, static_cast<z_off_t>(chunk.size()));
    stream.insert(stream.end(), out.begin(),
                  out.begin() + static_cast<std::ptrdiff_t>(encoded->size));
  }
  const auto trailer = encoder.trailer(static_cast<std::uint32_t>(crc), input.size());
  stream.insert(stream.end(), trailer.begin(), trailer.end());
  return stream;
}

/// What a real tool makes of the stream.
std::string decode(const std::vector<std::string>& tool, const Bytes& stream) {
  const auto finished = base::run_checked(
      {.arguments = tool,
       .input = std::string(reinterpret_cast<const char*>(stream.data()), stream.size())});
  EXPECT_TRUE(finished) << finished.error().what;
  return finished ? finished->out : "";
}

class EncoderTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EncoderTest, RealToolsReadWhatItWrites) {
  const std::string name = GetParam();
  const auto encoder = make_encoder(name);
  ASSERT_TRUE(encoder);
  const std::vector<std::string> tool = name == "zstd"   ? std::vector<std::string>{"zstd", "-dc"}
                                        : name == "none" ? std::vector<std::string>{"cat"}
                                                         : std::vector<std::string>{"gzip", "-dc"};
  if (!base::find_program(tool[0])) {
    GTEST_SKIP() << tool[0] << " is not installed";
  }
  const auto chunk = (*encoder)->chunk_size();
  for (const std::size_t size :
       {std::size_t{1}, chunk / 2, chunk / 2 + 1, chunk, chunk + 1, 2 * chunk + 4711}) {
    const auto input = mixed_input(size);
    EXPECT_TRUE(decode(tool, encode(**encoder, input)) == input) << size;
  }
}

TEST_P(EncoderTest, WorstInputFits) {
  const auto encoder = make_encoder(GetParam());
  ASSERT_TRUE(encoder);
  std::mt19937_64 random(4);
  Bytes noise((*encoder)->chunk_size());
  for (auto& byte : noise) {
    byte = static_cast<std::byte>(random());
  }
  Bytes out((*encoder)->max_encoded_size());
  const auto encoded = (*encoder)->make_worker()->compress(noise, out);
  ASSERT_TRUE(encoded) << encoded.error().what;
  EXPECT_LT(encoded->size, noise.size() + noise.size() / 1000);
}

TEST_P(EncoderTest, AChunkDoesNotDependOnTheOnesBefore) {
  const auto encoder = make_encoder(GetParam());
  ASSERT_TRUE(encoder);
  const auto first = mixed_input((*encoder)->chunk_size());
  const auto second = mixed_input((*encoder)->chunk_size() / 3);
  const auto used = (*encoder)->make_worker();
  const auto compress = [&](Encoder::Worker& worker, std::string_view input) {
    Bytes out((*encoder)->max_encoded_size());
    const auto encoded = worker.compress(std::as_bytes(std::span(input)), out);
    EXPECT_TRUE(encoded);
    out.resize(encoded->size);
    return out;
  };
  compress(*used, first);
  const auto after = compress(*used, second);
  EXPECT_TRUE(after == compress(*(*encoder)->make_worker(), second));
}

INSTANTIATE_TEST_SUITE_P(All, EncoderTest, ::testing::Values("gzip", "gzip-dense", "zstd", "none"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Encoder, GzipIsOneMemberWithoutTimeOrName) {
  for (const char* const name : {"gzip", "gzip-dense"}) {
    const auto encoder = make_encoder(name);
    const auto stream = encode(**encoder, mixed_input(3 << 20));
    const Bytes header(stream.begin(), stream.begin() + 10);
    const Bytes expected{std::byte{0x1f}, std::byte{0x8b}, std::byte{8}, {}, {}, {}, {}, {}, {},
                         std::byte{255}};
    EXPECT_EQ(header, expected) << name;
    // inflate ends with the first member; nothing may be left.
    z_stream inflater{};
    ASSERT_EQ(inflateInit2(&inflater, 15 + 16), Z_OK);
    inflater.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
    inflater.avail_in = static_cast<uInt>(stream.size());
    std::vector<Bytef> out(std::size_t{4} << 20);
    inflater.next_out = out.data();
    inflater.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&inflater, Z_FINISH), Z_STREAM_END) << name;
    EXPECT_EQ(inflater.avail_in, 0U) << name;
    EXPECT_EQ(inflater.total_out, std::size_t{3} << 20);
    inflateEnd(&inflater);
  }
}

// ISA-L takes the hash of its state's address for that of the third byte: see IsalStream. Whether
// that shows is a matter of luck, so there are many states and many inputs.
TEST(Encoder, GzipDoesNotDependOnWhereTheKernelPutsAWorker) {
  const auto encoder = *make_encoder("gzip");
  std::vector<std::unique_ptr<Encoder::Worker>> workers;  // all at once, so at other addresses
  for (int i = 0; i < 24; ++i) {
    workers.push_back(encoder->make_worker());
  }
  std::minstd_rand random(5);
  std::vector<std::byte> expected(encoder->max_encoded_size());
  std::vector<std::byte> found(encoder->max_encoded_size());
  for (int round = 0; round < 1500; ++round) {
    std::vector<std::byte> chunk(2048);
    std::generate_n(chunk.begin(), 32, [&] { return std::byte(random() >> 8 & 0xff); });
    std::copy_n(chunk.begin(), 32,
                chunk.begin() + 1000);  // a match with what the chunk begins with
    const auto first = workers[0]->compress(chunk, expected);
    ASSERT_TRUE(first);
    for (const auto& worker : workers) {
      const auto again = worker->compress(chunk, found);
      ASSERT_TRUE(again);
      ASSERT_EQ(again->size, first->size) << round;
      ASSERT_EQ(std::memcmp(found.data(), expected.data(), first->size), 0) << round;
    }
  }
}

TEST(Encoder, DenseGzipIsDense) {
  const auto input = mixed_input(5 << 20);
  const auto fast = encode(**make_encoder("gzip"), input).size();
  const auto dense = encode(**make_encoder("gzip-dense"), input).size();
  const auto peer = base::run_checked({.arguments = {"gzip", "-6", "-c"}, .input = input});
  ASSERT_TRUE(peer);
  EXPECT_LT(dense, fast);
  EXPECT_LT(dense, peer->out.size() * 101 / 100);
}

TEST(Encoder, IdentityNamesAllThatDecidesTheBytes) {
  EXPECT_THAT((*make_encoder("gzip"))->identity(),
              ::testing::MatchesRegex("gzip isa-l/[0-9.]+ level=1 chunk=262144 probe=[0-9a-f]+"));
  EXPECT_THAT((*make_encoder("gzip-dense"))->identity(),
              ::testing::MatchesRegex(
                  "gzip-dense libdeflate/[0-9.]+ level=6 chunk=1048576 probe=[0-9a-f]+"));
  EXPECT_THAT((*make_encoder("zstd"))->identity(),
              ::testing::MatchesRegex("zstd zstd/[0-9.]+ level=3 chunk=2097152 probe=[0-9a-f]+"));
  EXPECT_EQ((*make_encoder("none"))->identity(), "none");
}

TEST(Encoder, UnknownNameNamesTheNearest) {
  const auto misspelt = make_encoder("gzip-dence");
  ASSERT_FALSE(misspelt);
  EXPECT_EQ(misspelt.error().what, "'gzip-dence' is not a compression");
  EXPECT_EQ(misspelt.error().hint, "did you mean gzip-dense?");
  const auto unknown = make_encoder("brotli");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "compressions are gzip, gzip-dense, zstd, none");
}

}  // namespace
}  // namespace gantry::oci
