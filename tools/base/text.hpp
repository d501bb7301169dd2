#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::base {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// A decimal number without sign, blanks or overflow; nothing otherwise.
std::optional<std::uint64_t> parse_unsigned(std::string_view text, int radix = 10);

/// "512", "64M", "10G", "1.5GiB": binary multiples, as mkfs and ccache read them.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

/// "83.0 MB": decimal multiples, three significant digits.
std::string format_bytes(std::uint64_t bytes);

/// The candidate with the least edit distance to word, if it is near enough to be meant (at most a
/// third of the word's length, at least one edit).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

/// True if text is well-formed UTF-8: no overlong form, no surrogate.
bool is_utf8(std::string_view text);

/// A character at the front of a text.
struct Character {
  enum class Kind {
    kOrdinary,
    kControl,  ///< C0 and C1, and what turns the direction of text or ends a line of it
    kBroken    ///< a byte that is not UTF-8
  };
  std::string_view bytes;
  Kind kind = Kind::kOrdinary;
};

/// text is not empty.
Character first_character(std::string_view text);

/// Control characters, and bytes that are not UTF-8, as \xNN: for names from outside in messages.
std::string printable(std::string_view text);

/// Seconds since the epoch as "2026-11-21T01:20:22Z" (RFC 3339, UTC).
std::string format_time(std::int64_t seconds);

/// Reads any RFC 3339 time (offsets, fractions) as seconds since the epoch, its fraction dropped.
std::optional<std::int64_t> parse_time(std::string_view text);

}  // namespace gantry::base
