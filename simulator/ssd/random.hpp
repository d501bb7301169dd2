#pragma once

#include <bit>
#include <cstdint>

#include "ssd/wide.hpp"

namespace gantry::ssd {

/// xoshiro256** 1.0 (Blackman, Vigna 2018), seeded by splitmix64: the same numbers on every
/// machine.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      auto mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  constexpr std::uint64_t next() {
    const auto result = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// Uniform below limit, but for a bias of at most limit / 2^64.
  constexpr std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>((Wide{next()} * limit) >> 64);
  }

  /// Uniform in [0, 1), in steps of 2^-53.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  template <class Archive>
  void transfer(Archive& archive) {
    archive(state_);
  }

 private:
  std::uint64_t state_[4] = {};
};

}  // namespace gantry::ssd
