#include "oci/deflate_blocks.hpp"

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <libdeflate.h>
#include <zlib.h>

namespace gantry::oci {
namespace {

using Bytes = std::vector<std::byte>;

/// Inputs that lead compressors to all kinds of blocks and code lengths.
std::vector<std::pair<std::string, std::string>> inputs() {
  std::mt19937_64 random(1);
  std::string noise(300000, '\0');
  for (char& c : noise) {
    c = static_cast<char>(random());
  }
  std::string words;
  while (words.size() < 400000) {
    words += fmt::format("{} layer {:x} of image\n", random() % 1000, random() % 77);
  }
  // Frequencies as the Fibonacci numbers give the longest codes.
  std::string skewed;
  for (std::size_t symbol = 0, count = 1, next = 1; symbol < 24; ++symbol) {
    skewed.append(count, static_cast<char>('a' + symbol));
    count = std::exchange(next, count + next);
  }
  std::shuffle(skewed.begin(), skewed.end(), random);
  return {{"one byte", "x"},
          {"one letter", std::string(1 << 20, 'a')},
          {"two letters", "abababababababababababababababab"},
          {"words", words},
          {"noise", noise},
          {"skewed", skewed},
          {"mixed", words.substr(0, 70000) + noise.substr(0, 90000) + skewed + words}};
}

Bytes zlib_deflate(std::string_view input, int level, int strategy) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, 9, strategy), Z_OK);
  Bytes out(input.size() * 2 + 1000);
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Bytes libdeflate_deflate(std::string_view input, int level) {
  auto* const compressor = libdeflate_alloc_compressor(level);
  Bytes out(input.size() * 2 + 1000);
  out.resize(
      libdeflate_deflate_compress(compressor, input.data(), input.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

/// What zlib makes of a raw deflate stream, and whether it ends exactly with the stream's bytes.
std::string zlib_inflate(const Bytes& stream, std::size_t size) {
  z_stream inflater{};
  EXPECT_EQ(inflateInit2(&inflater, -15), Z_OK);
  std::string out(size + 1, '\0');
  inflater.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
  inflater.avail_in = static_cast<uInt>(stream.size());
  inflater.next_out = reinterpret_cast<Bytef*>(out.data());
  inflater.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&inflater, Z_FINISH), Z_STREAM_END)
      << (inflater.msg != nullptr ? inflater.msg : "");
  EXPECT_EQ(inflater.avail_in, 0U);
  out.resize(inflater.total_out);
  inflateEnd(&inflater);
  return out;
}

/// Every input by every compressor, level and strategy.
std::vector<std::pair<std::string, Bytes>> streams(std::string_view input) {
  std::vector<std::pair<std::string, Bytes>> all;
  for (const int level : {0, 1, 4, 6, 9, 12}) {
    all.emplace_back(fmt::format("libdeflate {}", level), libdeflate_deflate(input, level));
  }
  for (const int level : {0, 1, 6, 9}) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
      all.emplace_back(fmt::format("zlib {} {}", level, strategy),
                       zlib_deflate(input, level, strategy));
    }
  }
  return all;
}

TEST(DeflateBlocks, FlushedStreamsJoinToOne) {
  for (const auto& [name, input] : inputs()) {
    for (const auto& [compressor, stream] : streams(input)) {
      SCOPED_TRACE(fmt::format("{} by {}", name, compressor));
      Bytes flushed = stream;
      flushed.resize(stream.size() + kDeflateFlushSize);
      const auto end = find_deflate_end(stream);
      ASSERT_TRUE(end) << end.error().what;
      const auto size = flush_deflate_end(flushed, stream.size(), *end);
      ASSERT_LE(size, flushed.size());
      flushed.resize(size);
      EXPECT_EQ(std::memcmp(&*flushed.end() - 4, "\x00\x00\xff\xff", 4), 0);

      // Twice the flushed one, then the original with its last block.
      Bytes joined = flushed;
      joined.insert(joined.end(), flushed.begin(), flushed.end());
      joined.insert(joined.end(), stream.begin(), stream.end());
      EXPECT_TRUE(zlib_inflate(joined, input.size() * 3) == input + input + input);
    }
  }
}

TEST(DeflateBlocks, FindsTheBitsOfTheLastBlock) {
  // A stored block of two bytes, then fixed codes: 'a' (10010001, most significant bit first) and
  // the end of the block (0000000).
  const auto stream = [](std::initializer_list<unsigned> bytes) {
    Bytes all;
    for (const unsigned byte : bytes) {
      all.push_back(static_cast<std::byte>(byte));
    }
    return all;
  };
  const auto end =
      find_deflate_end(stream({0x00, 0x02, 0x00, 0xfd, 0xff, 'h', 'i', 0x4b, 0x04, 0x00}));
  ASSERT_TRUE(end) << end.error().what;
  EXPECT_EQ(end->last_block, 56U);
  EXPECT_EQ(end->end, 56U + 3 + 8 + 7);
}

TEST(DeflateBlocks, TwoStreamsAtOnceAreAsTwoAlone) {
  std::vector<Bytes> all;
  for (const auto& [name, input] : inputs()) {
    all.push_back(libdeflate_deflate(input, 6));
    all.push_back(zlib_deflate(std::string_view(input).substr(0, 5000), 9, Z_FIXED));
  }
  for (const auto& first : all) {
    for (const auto& second : all) {
      const auto ends = find_deflate_ends(first, second);
      ASSERT_TRUE(ends) << ends.error().what;
      EXPECT_EQ((*ends)[0], *find_deflate_end(first));
      EXPECT_EQ((*ends)[1], *find_deflate_end(second));
      EXPECT_FALSE(find_deflate_ends(first, std::span(second).first(second.size() - 1)));
      EXPECT_FALSE(find_deflate_ends(std::span(first).first(first.size() / 2), second));
    }
  }
}

TEST(DeflateBlocks, WhatIsCutOffIsMalformed) {
  for (const auto& [name, input] : inputs()) {
    const auto stream = libdeflate_deflate(std::string_view(input).substr(0, 3000), 6);
    for (std::size_t size = 0; size < stream.size(); ++size) {
      const auto end = find_deflate_end(std::span(stream).first(size));
      ASSERT_FALSE(end) << name << " cut to " << size;
      EXPECT_EQ(end.error().what, "the deflate stream is malformed");
    }
    auto longer = stream;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(find_deflate_end(longer)) << name;
  }
}

/// Whether zlib takes it for one stream that ends with the last byte.
bool zlib_accepts(const Bytes& stream) {
  z_stream inflater{};
  EXPECT_EQ(inflateInit2(&inflater, -15), Z_OK);
  inflater.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(stream.data()));
  inflater.avail_in = static_cast<uInt>(stream.size());
  static std::vector<Bytef> out(std::size_t{1} << 18);
  inflater.next_out = out.data();
  inflater.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&inflater, Z_FINISH);
  const bool accepted = status == Z_STREAM_END && inflater.avail_in == 0;
  inflateEnd(&inflater);
  return accepted;
}

TEST(DeflateBlocks, AcceptsWhatZlibAcceptsOfDamagedStreams) {
  std::mt19937_64 random(2);
  int accepted = 0;
  for (const auto& [name, input] : inputs()) {
    for (const int level : {1, 6}) {
      const auto stream = zlib_deflate(std::string_view(input).substr(0, 500), level,
                                       level == 1 ? Z_FIXED : Z_DEFAULT_STRATEGY);
      for (int round = 0; round < 500; ++round) {
        auto damaged = stream;
        damaged[random() % damaged.size()] ^= static_cast<std::byte>(1U << random() % 8);
        const bool ours = static_cast<bool>(find_deflate_end(damaged));
        if (zlib_accepts(damaged)) {
          ++accepted;
          EXPECT_TRUE(ours) << name;
        }
      }
    }
  }
  EXPECT_GT(accepted, 500);
}

}  // namespace
}  // namespace gantry::oci
