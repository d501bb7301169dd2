#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

/// The codes of deflate (RFC 1951), only measured: which bits belong to what, not what they mean.
namespace gantry::oci {

/// A stream's bits, least significant first. Reading beyond the end gives zeros, and is noticed.
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
  /// Goes on behind a stored block (3.2.4), whose lengths start at the next byte boundary. False if
  /// it is none.
  bool skip_stored();

  std::size_t position() const { return next_ * 8 - count_; }
  bool beyond_end() const { return position() > stream_.size() * 8; }

 private:
  std::span<const std::byte> stream_;
  std::size_t next_ = 0;  // byte that is loaded next
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;  // valid bits in bits_
};

/// A canonical prefix code (3.2.2), decoded bit by bit.
class CanonicalCode {
 public:
  static constexpr unsigned kMaxLength = 15;
  static constexpr std::size_t kMaxSymbols = 288;

  /// False if the lengths are of no prefix code: too many short ones, or too few (but one code of
  /// one bit, and none at all, are allowed).
  bool assign(std::span<const std::uint8_t> lengths);

  struct Found {
    unsigned symbol;
    unsigned length;
  };
  /// The code that bits begin with.
  std::optional<Found> find(std::uint64_t bits) const;

  /// Calls fill(symbol, length, bits as they come in the stream) for each code up to max_length.
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
  std::array<std::uint16_t, kMaxLength + 1> count_{};
  std::array<std::uint16_t, kMaxLength + 1> offset_{};
  std::array<std::uint16_t, kMaxSymbols> symbols_{};
};

/// What the next bits of a block's body are: how many, in the lowest six bits, and what comes then.
using Step = std::uint16_t;

/// The codes of one block's body: what its next bits are, by table lookups of which each takes in
/// all literals that fit. A Step's kDistanceNext is at once the offset of the table that has to be
/// asked next, so that a walk has no branch that depends on what comes: a mispredicted one costs
/// more than all else.
class BlockCodes {
 public:
  // Larger tables are dearer to fill for each block than the longer runs of literals are worth.
  static constexpr unsigned kTableBits = 10;
  static constexpr std::size_t kTableSize = std::size_t{1} << kTableBits;

  static constexpr Step kBitCount = 63;
  static constexpr Step kDistanceNext = kTableSize;  ///< perhaps literals, and a length
  static constexpr Step kSpecial = 1 << 15;
  static constexpr Step kEnd = kSpecial | 1 << 14;  ///< perhaps literals, and the block's end
  static constexpr Step kSlow = kSpecial;           ///< ask slow_step_of

  /// False if the lengths are of no codes.
  bool assign(std::span<const std::uint8_t> literal_lengths,
              std::span<const std::uint8_t> distance_lengths);
  /// The codes that every stream may use (3.2.6).
  void assign_fixed();
  /// The codes at the head of a block (3.2.7). False if they are none.
  bool read(BitReader& reader);

  /// last: the step before, 0 at the beginning.
  Step step_of(const BitReader& reader, Step last) const {
    return steps_[reader.bits() % kTableSize + (last & kDistanceNext)];
  }
  /// For a code that is longer than the tables' index; nothing if there is no such code.
  std::optional<Step> slow_step_of(const BitReader& reader, Step last) const;

 private:
  void fill_literals();
  void fill_distances();

  CanonicalCode literals_;
  CanonicalCode distances_;
  std::array<Step, 2 * kTableSize> steps_{};  // literals and lengths; distances
};

}  // namespace gantry::oci
