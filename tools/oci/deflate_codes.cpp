#include "oci/deflate_codes.hpp"

#include <algorithm>

namespace gantry::oci {

namespace {

constexpr std::size_t kLiteralCodes = 288;
constexpr std::size_t kDistanceCodes = 32;
constexpr unsigned kDistanceSymbols = 30;
constexpr unsigned kEndOfBlock = 256;
constexpr auto kLengthExtra = std::to_array<std::uint8_t>(
    {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0});

constexpr unsigned distance_extra(unsigned symbol) {
  return symbol < 4 ? 0 : symbol / 2 - 1;
}

std::optional<Step> literal_step(unsigned symbol, unsigned length) {
  if (symbol < kEndOfBlock) {
    return static_cast<Step>(length);
  }
  if (symbol == kEndOfBlock) {
    return static_cast<Step>(length | BlockCodes::kEnd);
  }
  if (symbol - kEndOfBlock - 1 >= kLengthExtra.size()) {
    return std::nullopt;
  }
  return static_cast<Step>((length + kLengthExtra[symbol - kEndOfBlock - 1]) |
                           BlockCodes::kDistanceNext);
}

std::optional<Step> distance_step(unsigned symbol, unsigned length) {
  if (symbol >= kDistanceSymbols) {
    return std::nullopt;
  }
  return static_cast<Step>(length + distance_extra(symbol));
}

/// The code of the code lengths, by the next seven bits (the longest one): symbol and, in the
/// lowest four bits, length; 0 where there is none.
std::optional<std::array<std::uint16_t, 128>> read_length_code(BitReader& reader, unsigned count) {
  constexpr auto kOrder = std::to_array<std::uint8_t>(
      {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15});
  std::array<std::uint8_t, kOrder.size()> lengths{};
  for (unsigned index = 0; index < count; ++index) {
    reader.refill();
    lengths[kOrder[index]] = static_cast<std::uint8_t>(reader.take(3));
  }
  CanonicalCode code;
  if (!code.assign(lengths)) {
    return std::nullopt;
  }
  std::array<std::uint16_t, 128> table{};
  code.each(7, [&](unsigned symbol, unsigned length, unsigned bits) {
    for (; bits < table.size(); bits += 1U << length) {
      table[bits] = static_cast<std::uint16_t>(symbol << 4 | length);
    }
  });
  return table;
}

}  // namespace

bool BitReader::skip_stored() {
  const auto byte = (position() + 7) / 8;
  if (byte + 4 > stream_.size()) {
    return false;
  }
  const auto at = [&](std::size_t offset) {
    return std::to_integer<unsigned>(stream_[byte + offset]);
  };
  const auto length = at(0) | at(1) << 8;
  if ((length ^ 0xffffU) != (at(2) | at(3) << 8) || byte + 4 + length > stream_.size()) {
    return false;
  }
  next_ = byte + 4 + length;
  bits_ = 0;
  count_ = 0;
  return true;
}

bool CanonicalCode::assign(std::span<const std::uint8_t> lengths) {
  count_.fill(0);
  for (const auto length : lengths) {
    ++count_[length];
  }
  const auto used = lengths.size() - count_[0];
  count_[0] = 0;
  int left = 1;
  std::uint16_t offset = 0;
  for (unsigned length = 1; length <= kMaxLength; ++length) {
    left = left * 2 - count_[length];
    if (left < 0) {
      return false;
    }
    offset_[length] = offset;
    offset = static_cast<std::uint16_t>(offset + count_[length]);
  }
  if (left != 0 && !(used == 0 || (used == 1 && count_[1] == 1))) {
    return false;
  }
  auto next = offset_;
  for (std::size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    if (lengths[symbol] != 0) {
      symbols_[next[lengths[symbol]]++] = static_cast<std::uint16_t>(symbol);
    }
  }
  return true;
}

std::optional<CanonicalCode::Found> CanonicalCode::find(std::uint64_t bits) const {
  unsigned code = 0;
  unsigned first = 0;
  for (unsigned length = 1; length <= kMaxLength; ++length) {
    code |= static_cast<unsigned>(bits >> (length - 1) & 1);
    if (code - first < count_[length]) {
      return Found{symbols_[offset_[length] + (code - first)], length};
    }
    first = (first + count_[length]) * 2;
    code *= 2;
  }
  return std::nullopt;
}

bool BlockCodes::assign(std::span<const std::uint8_t> literal_lengths,
                        std::span<const std::uint8_t> distance_lengths) {
  if (!literals_.assign(literal_lengths) || !distances_.assign(distance_lengths)) {
    return false;
  }
  fill_literals();
  fill_distances();
  return true;
}

void BlockCodes::assign_fixed() {
  std::array<std::uint8_t, kLiteralCodes> literals;
  std::fill_n(literals.begin(), 144, 8);
  std::fill_n(literals.begin() + 144, 112, 9);
  std::fill_n(literals.begin() + 256, 24, 7);
  std::fill_n(literals.begin() + 280, 8, 8);
  std::array<std::uint8_t, kDistanceCodes> distances;
  distances.fill(5);
  assign(literals, distances);
}

bool BlockCodes::read(BitReader& reader) {
  reader.refill();
  const auto literal_count = reader.take(5) + 257;
  const auto distance_count = reader.take(5) + 1;
  const auto table = read_length_code(reader, reader.take(4) + 4);
  if (!table) {
    return false;
  }
  // The last repetition may run over by as much as it is long, at most 138.
  std::array<std::uint8_t, kLiteralCodes + kDistanceCodes + 138> lengths{};
  std::size_t at = 0;
  while (at < literal_count + distance_count) {
    reader.refill();
    const auto found = (*table)[reader.bits() % table->size()];
    if (found == 0 || reader.beyond_end()) {
      return false;
    }
    reader.skip(found & 15U);
    const auto symbol = found >> 4;
    if (symbol < 16) {
      lengths[at++] = static_cast<std::uint8_t>(symbol);
      continue;
    }
    if (symbol == 16 && at == 0) {
      return false;
    }
    const auto value = symbol == 16 ? lengths[at - 1] : std::uint8_t{0};
    const auto repeat = symbol == 16   ? 3 + reader.take(2)
                        : symbol == 17 ? 3 + reader.take(3)
                                       : 11 + reader.take(7);
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(at), repeat, value);
    at += repeat;
  }
  const std::span<const std::uint8_t> all(lengths);
  return at == literal_count + distance_count && lengths[kEndOfBlock] != 0 &&
         assign(all.first(literal_count), all.subspan(literal_count, distance_count));
}

std::optional<Step> BlockCodes::slow_step_of(const BitReader& reader, Step last) const {
  const bool is_distance = (last & kDistanceNext) != 0;
  const auto found = (is_distance ? distances_ : literals_).find(reader.bits());
  if (!found) {
    return std::nullopt;
  }
  return is_distance ? distance_step(found->symbol, found->length)
                     : literal_step(found->symbol, found->length);
}

void BlockCodes::fill_literals() {
  struct Single {
    Step step = kSlow;
    std::uint8_t length = 0;  // of the code, without extra bits
  };
  std::array<Single, kTableSize> singles{};
  literals_.each(kTableBits, [&](unsigned symbol, unsigned length, unsigned code) {
    // What is no valid symbol stays slow, and is found out there if it is ever used.
    if (const auto step = literal_step(symbol, length)) {
      for (; code < kTableSize; code += 1U << length) {
        singles[code] = {*step, static_cast<std::uint8_t>(length)};
      }
    }
  });
  for (unsigned index = 0; index < kTableSize; ++index) {
    Step run = 0;
    for (unsigned used = 0; used < kTableBits; used = run & kBitCount) {
      const auto& next = singles[index >> used];
      if (next.step == kSlow || used + next.length > kTableBits) {
        break;  // not all of the code is in the index
      }
      run = static_cast<Step>(run + next.step);
      if ((next.step & (kSpecial | kDistanceNext)) != 0) {
        break;
      }
    }
    steps_[index] = run == 0 ? kSlow : run;
  }
}

void BlockCodes::fill_distances() {
  const auto table = std::span(steps_).subspan(kDistanceNext);
  std::fill(table.begin(), table.end(), kSlow);
  distances_.each(kTableBits, [&](unsigned symbol, unsigned length, unsigned code) {
    if (const auto step = distance_step(symbol, length)) {
      for (; code < kTableSize; code += 1U << length) {
        table[code] = *step;
      }
    }
  });
}

}  // namespace gantry::oci
