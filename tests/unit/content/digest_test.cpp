#include "content/digest.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/file.hpp"

namespace gantry::content {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) {
    byte = static_cast<std::byte>(random());
  }
  return bytes;
}

/// What another interface says.
std::string told_by_evp(const Bytes& bytes) {
  Digest digest;
  EXPECT_EQ(
      EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, EVP_sha256(), nullptr),
      1);
  return digest.hex();
}

// FIPS 180-2, appendix B.
TEST(Sha256, KnowsTheStandardsExamples) {
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, TwoAtOnceAreWhatEachIsAlone) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 200; ++round) {
    const auto first = noise(random() % 2000, round);
    const auto second = noise(random() % 2000, ~round);
    Sha256 first_hash;
    Sha256 second_hash;
    std::span<const std::byte> of_first = first;
    std::span<const std::byte> of_second = second;
    while (!of_first.empty() || !of_second.empty()) {
      const auto a = std::min<std::size_t>(random() % 500, of_first.size());
      const auto b = std::min<std::size_t>(random() % 500, of_second.size());
      Sha256::update_both(first_hash, of_first.first(a), second_hash, of_second.first(b));
      of_first = of_first.subspan(a);
      of_second = of_second.subspan(b);
    }
    ASSERT_EQ(first_hash.finish().hex(), told_by_evp(first)) << round;
    ASSERT_EQ(second_hash.finish().hex(), told_by_evp(second)) << round;
  }
}

TEST(Sha256, TwoAtOnceCountBitsBeyond32) {
  const auto block = noise(std::size_t{1} << 20, 1);
  Sha256 alone;
  Sha256 paired;
  Sha256 other;
  for (int i = 0; i < 513; ++i) {
    alone.update(block);
    if (i < 511) {
      paired.update(block);
    } else {
      Sha256::update_both(paired, block, other, block);
    }
  }
  EXPECT_EQ(paired.finish(), alone.finish());
}

TEST(Sha256, OfAFileThatIsLongerOrShorterThanItWasIsAnError) {
  const auto directory = *base::TempDir::create();
  const auto path = directory.path() / "file";
  ASSERT_TRUE(base::write_file(path, "abc"));
  EXPECT_EQ(sha256_of_file(path, 3)->hex(), sha256("abc").hex());
  for (const std::uint64_t size : {std::uint64_t{2}, std::uint64_t{4}}) {
    const auto digest = sha256_of_file(path, size);
    ASSERT_FALSE(digest);
    EXPECT_EQ(digest.error().what, path.native() + " changed while it was read");
  }
}

}  // namespace
}  // namespace gantry::content
