#include "content/sha256_blocks.hpp"

#include <utility>

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace gantry::content {

#ifdef __x86_64__

namespace {

#define GANTRY_SHA_INSTRUCTIONS __attribute__((target("sha,avx")))

/// FIPS 180-4, section 4.2.2.
alignas(16) constexpr std::array<std::uint32_t, 64> kConstants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

constexpr std::size_t kBlock = 64;

__m128i load(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

/// One message on its way. The instructions want the words a to h as two registers, ABEF and CDGH.
struct Lane {
  __m128i abef, cdgh;
  __m128i abef_before, cdgh_before;  // the block
  __m128i schedule[4];               // the last sixteen words of the message schedule

  GANTRY_SHA_INSTRUCTIONS explicit Lane(const std::uint32_t* words) {
    const auto badc = _mm_shuffle_epi32(load(words), 0xb1);
    const auto hgfe = _mm_shuffle_epi32(load(words + 4), 0x1b);
    abef = _mm_alignr_epi8(badc, hgfe, 8);
    cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
  }

  GANTRY_SHA_INSTRUCTIONS void begin(const std::byte* block) {
    const auto big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    for (std::size_t i = 0; i < 4; ++i) {
      schedule[i] = _mm_shuffle_epi8(load(block + 16 * i), big_endian);
    }
    abef_before = abef;
    cdgh_before = cdgh;
  }

  /// Rounds 4 * step to 4 * step + 3.
  template <std::size_t step>
  GANTRY_SHA_INSTRUCTIONS void rounds() {
    auto& words = schedule[step % 4];
    const auto last = schedule[(step + 3) % 4];
    const auto sum = _mm_add_epi32(words, load(&kConstants[4 * step]));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    if constexpr (step < 12) {
      const auto seven_before = _mm_alignr_epi8(last, schedule[(step + 2) % 4], 4);
      words = _mm_sha256msg1_epu32(words, schedule[(step + 1) % 4]);
      words = _mm_sha256msg2_epu32(_mm_add_epi32(words, seven_before), last);
    }
  }

  GANTRY_SHA_INSTRUCTIONS void end() {
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  GANTRY_SHA_INSTRUCTIONS void store(std::uint32_t* words) const {
    const auto feba = _mm_shuffle_epi32(abef, 0x1b);
    const auto dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(words), _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(words + 4), _mm_alignr_epi8(dchg, feba, 8));
  }
};

template <std::size_t... steps>
GANTRY_SHA_INSTRUCTIONS void all_rounds(Lane& first, Lane& second,
                                        std::index_sequence<steps...> /*steps*/) {
  ((first.rounds<steps>(), second.rounds<steps>()), ...);
}

}  // namespace

bool can_hash_two() {
  constexpr unsigned kSha = 1U << 29;  // leaf 7, EBX
  static const bool kCan = [] {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __builtin_cpu_supports("avx") != 0 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
           (b & kSha) != 0;
  }();
  return kCan;
}

GANTRY_SHA_INSTRUCTIONS void hash_two(const std::array<Sha256Blocks, 2>& messages,
                                      std::size_t count) {
  Lane first(messages[0].words);
  Lane second(messages[1].words);
  for (std::size_t block = 0; block < count; ++block) {
    first.begin(messages[0].blocks + kBlock * block);
    second.begin(messages[1].blocks + kBlock * block);
    all_rounds(first, second, std::make_index_sequence<16>());
    first.end();
    second.end();
  }
  first.store(messages[0].words);
  second.store(messages[1].words);
}

#undef GANTRY_SHA_INSTRUCTIONS

#else

bool can_hash_two() {
  return false;
}

void hash_two(const std::array<Sha256Blocks, 2>&, std::size_t) {}

#endif

}  // namespace gantry::content
