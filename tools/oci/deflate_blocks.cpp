#include "oci/deflate_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace gantry::oci {

namespace {

// Larger tables are dearer to fill for each block than the longer runs of literals are worth.
constexpr unsigned kTableBits = 10;
constexpr std::size_t kTableSize = std::size_t{1} << kTableBits;
constexpr unsigned kMaxCodeLength = 15;
constexpr std::size_t kLiteralCodes = 288;
constexpr std::size_t kDistanceCodes = 32;
constexpr unsigned kEndOfBlock = 256;

/// The stream's bits, least significant first. Reading beyond the end gives zeros; position()
/// tells.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> stream) : stream_(stream) {}

  /// Whether refill_word may be called.
  bool has_word() const { return next_ + 8 <= stream_.size(); }

  /// At least 56 bits are in bits() after it.
  void refill_word() {
    std::uint64_t word = 0;
    std::memcpy(&word, stream_.data() + next_, 8);
    bits_ |= word << count_;
    next_ += (63 - count_) >> 3;
    count_ |= 56;
  }
  void refill() {
    if (has_word()) {
      refill_word();
      return;
    }
    for (; count_ <= 56; count_ += 8, ++next_) {
      const auto byte = next_ < stream_.size() ? std::to_integer<std::uint64_t>(stream_[next_]) : 0;
      bits_ |= byte << count_;
    }
  }
  std::uint64_t bits() const { return bits_; }
  void skip(unsigned count) {
    bits_ >>= count;
    count_ -= count;
  }
  unsigned take(unsigned count) {
    const auto value = static_cast<unsigned>(bits_ & ((std::uint64_t{1} << count) - 1));
    skip(count);
    return value;
  }
  std::size_t position() const { return next_ * 8 - count_; }
  bool beyond_end() const { return position() > stream_.size() * 8; }
  void seek(std::size_t byte) {
    next_ = byte;
    bits_ = 0;
    count_ = 0;
  }

 private:
  std::span<const std::byte> stream_;
  std::size_t next_ = 0;  // byte that is loaded next
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;  // valid bits in bits_
};

constexpr auto kLengthExtra = std::to_array<std::uint8_t>(
    {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0});
constexpr unsigned kDistanceSymbols = 30;

constexpr unsigned distance_extra(unsigned symbol) {
  return symbol < 4 ? 0 : symbol / 2 - 1;
}

/// A canonical code (RFC 1951, 3.2.2), decoded bit by bit: for the long codes that tables leave
/// out.
class SlowCode {
 public:
  /// False if the lengths are of no prefix code: too many short ones, or too few (but one code of
  /// one bit, and none at all, are allowed).
  bool assign(std::span<const std::uint8_t> lengths) {
    count_.fill(0);
    for (const auto length : lengths) {
      ++count_[length];
    }
    const auto used = lengths.size() - count_[0];
    count_[0] = 0;
    int left = 1;
    std::uint16_t offset = 0;
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
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

  struct Found {
    unsigned symbol;
    unsigned length;
  };
  std::optional<Found> find(std::uint64_t bits) const {
    unsigned code = 0;
    unsigned first = 0;
    for (unsigned length = 1; length <= kMaxCodeLength; ++length) {
      code |= static_cast<unsigned>(bits >> (length - 1) & 1);
      if (code - first < count_[length]) {
        return Found{symbols_[offset_[length] + (code - first)], length};
      }
      first = (first + count_[length]) * 2;
      code *= 2;
    }
    return std::nullopt;
  }

  /// Calls fill(symbol, length, bits of the code as they come in the stream) for each code.
  template <class Fill>
  void each(unsigned max_length, const Fill& fill) const {
    unsigned code = 0;
    for (unsigned length = 1; length <= max_length; ++length, code *= 2) {
      for (unsigned index = 0; index < count_[length]; ++index, ++code) {
        unsigned reversed = 0;
        for (unsigned bit = 0; bit < length; ++bit) {
          reversed |= (code >> bit & 1) << (length - 1 - bit);
        }
        fill(symbols_[offset_[length] + index], length, reversed);
      }
    }
  }

 private:
  std::array<std::uint16_t, kMaxCodeLength + 1> count_{};
  std::array<std::uint16_t, kMaxCodeLength + 1> offset_{};
  std::array<std::uint16_t, kLiteralCodes> symbols_{};
};

/// What the next bits of a block's body are: how many, in the lowest six bits, and what comes then.
using Step = std::uint16_t;
constexpr Step kBitCount = 63;
constexpr Step kDistanceNext = kTableSize;  ///< perhaps literals, and a length with its extra bits
constexpr Step kSpecial = 1 << 15;
constexpr Step kEnd = kSpecial | 1 << 14;  ///< perhaps literals, and the end of the block
constexpr Step kSlow = kSpecial;           ///< a code that is longer than a table's index, or none

/// The codes of one block. Its walk is a chain of table lookups without a branch that depends on
/// what comes (a mispredicted one costs more than all else): kDistanceNext is at once the offset of
/// the table that has to be asked next.
class BlockCodes {
 public:
  bool assign(std::span<const std::uint8_t> literal_lengths,
              std::span<const std::uint8_t> distance_lengths) {
    if (!literals_.assign(literal_lengths) || !distances_.assign(distance_lengths)) {
      return false;
    }
    fill_literals();
    fill_distances();
    return true;
  }

  /// Walks to the end of the block. False if the bits are no valid codes.
  bool walk(BitReader& reader) const {
    Step last = 0;
    for (;;) {
      walk_words(reader, last);
      reader.refill();
      auto step = step_of(reader, last);
      if (step == kSlow) {
        const auto slow =
            (last & kDistanceNext) == 0 ? slow_literal(reader) : slow_distance(reader);
        if (!slow) {
          return false;
        }
        step = *slow;
      }
      reader.skip(step & kBitCount);
      if (reader.beyond_end()) {
        return false;
      }
      if ((step & kEnd) == kEnd) {
        return true;
      }
      last = step;
    }
  }

 private:
  Step step_of(const BitReader& reader, Step last) const {
    return steps_[reader.bits() % kTableSize + (last & kDistanceNext)];
  }

  /// As far as whole words and ordinary steps go.
  void walk_words(BitReader& reader, Step& last) const {
    auto at = reader;
    while (at.has_word()) {
      at.refill_word();
      // Two steps have at most 38 bits, and three may have 61.
      for (int count = 0; count < 2; ++count) {
        const auto step = step_of(at, last);
        if ((step & kSpecial) != 0) {
          reader = at;
          return;
        }
        at.skip(step & kBitCount);
        last = step;
      }
    }
    reader = at;
  }

  static std::optional<Step> literal_step(unsigned symbol, unsigned length) {
    if (symbol < kEndOfBlock) {
      return static_cast<Step>(length);
    }
    if (symbol == kEndOfBlock) {
      return static_cast<Step>(length | kEnd);
    }
    if (symbol - kEndOfBlock - 1 >= kLengthExtra.size()) {
      return std::nullopt;
    }
    return static_cast<Step>((length + kLengthExtra[symbol - kEndOfBlock - 1]) | kDistanceNext);
  }
  static std::optional<Step> distance_step(unsigned symbol, unsigned length) {
    if (symbol >= kDistanceSymbols) {
      return std::nullopt;
    }
    return static_cast<Step>(length + distance_extra(symbol));
  }

  std::optional<Step> slow_literal(const BitReader& reader) const {
    const auto found = literals_.find(reader.bits());
    return found ? literal_step(found->symbol, found->length) : std::nullopt;
  }
  std::optional<Step> slow_distance(const BitReader& reader) const {
    const auto found = distances_.find(reader.bits());
    return found ? distance_step(found->symbol, found->length) : std::nullopt;
  }

  void fill_literals() {
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

  void fill_distances() {
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

  SlowCode literals_;
  SlowCode distances_;
  std::array<Step, 2 * kTableSize> steps_{};  ///< by the next bits: literals and lengths; distances
};

bool read_fixed_codes(BlockCodes& codes) {
  std::array<std::uint8_t, kLiteralCodes> literals;
  std::fill_n(literals.begin(), 144, 8);
  std::fill_n(literals.begin() + 144, 112, 9);
  std::fill_n(literals.begin() + 256, 24, 7);
  std::fill_n(literals.begin() + 280, 8, 8);
  std::array<std::uint8_t, kDistanceCodes> distances;
  distances.fill(5);
  return codes.assign(literals, distances);
}

/// The header of a block with codes of its own (RFC 1951, 3.2.7).
bool read_dynamic_codes(BitReader& reader, BlockCodes& codes) {
  constexpr auto kOrder = std::to_array<std::uint8_t>(
      {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15});
  reader.refill();
  const auto literal_count = reader.take(5) + 257;
  const auto distance_count = reader.take(5) + 1;
  const auto order_count = reader.take(4) + 4;
  std::array<std::uint8_t, kOrder.size()> code_lengths{};
  for (unsigned index = 0; index < order_count; ++index) {
    reader.refill();
    code_lengths[kOrder[index]] = static_cast<std::uint8_t>(reader.take(3));
  }
  SlowCode code;
  if (!code.assign(code_lengths)) {
    return false;
  }
  // Seven bits are the longest code of a code length.
  std::array<std::uint16_t, 128> table{};
  code.each(7, [&](unsigned symbol, unsigned length, unsigned bits) {
    for (; bits < table.size(); bits += 1U << length) {
      table[bits] = static_cast<std::uint16_t>(symbol << 4 | length);
    }
  });
  std::array<std::uint8_t, kLiteralCodes + kDistanceCodes + 138> lengths{};
  std::size_t at = 0;
  while (at < literal_count + distance_count) {
    reader.refill();
    const auto found = table[reader.bits() % table.size()];
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
         codes.assign(all.first(literal_count), all.subspan(literal_count, distance_count));
}

bool skip_stored(BitReader& reader, std::span<const std::byte> stream) {
  const auto byte = (reader.position() + 7) / 8;
  if (byte + 4 > stream.size()) {
    return false;
  }
  const auto at = [&](std::size_t offset) {
    return std::to_integer<unsigned>(stream[byte + offset]);
  };
  const auto length = at(0) | at(1) << 8;
  if ((length ^ 0xffffU) != (at(2) | at(3) << 8) || byte + 4 + length > stream.size()) {
    return false;
  }
  reader.seek(byte + 4 + length);
  return true;
}

}  // namespace

base::Result<DeflateEnd> find_deflate_end(std::span<const std::byte> stream) {
  BitReader reader(stream);
  BlockCodes codes;
  const auto malformed = [&] { return base::Error{"the deflate stream is malformed", "", ""}; };
  for (;;) {
    reader.refill();
    const auto start = reader.position();
    const bool last = reader.take(1) == 1;
    bool valid = false;
    switch (reader.take(2)) {
      case 0:
        valid = skip_stored(reader, stream);
        break;
      case 1:
        valid = read_fixed_codes(codes) && codes.walk(reader);
        break;
      case 2:
        valid = read_dynamic_codes(reader, codes) && codes.walk(reader);
        break;
      default:
        break;
    }
    if (!valid || reader.beyond_end()) {
      return malformed();
    }
    if (last) {
      const auto end = reader.position();
      return (end + 7) / 8 == stream.size() ? base::Result(DeflateEnd{start, end}) : malformed();
    }
  }
}

base::Result<std::size_t> flush_deflate_end(std::span<std::byte> buffer, std::size_t size) {
  GANTRY_TRY(const auto end, find_deflate_end(buffer.first(size)));
  buffer[end.last_block / 8] &= ~(std::byte{1} << (end.last_block % 8));
  const auto padding = size * 8 - end.end;
  if (padding > 0) {
    buffer[size - 1] &= std::byte{0xff} >> padding;
  }
  // The stored block's header is three zero bits and zeros up to the byte boundary.
  if (padding < 3) {
    buffer[size++] = std::byte{0};
  }
  for (const unsigned byte : {0x00U, 0x00U, 0xffU, 0xffU}) {
    buffer[size++] = static_cast<std::byte>(byte);
  }
  return size;
}

}  // namespace gantry::oci
