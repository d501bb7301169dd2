#include "oci/tar_header.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

struct Field {
  std::size_t offset, size;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kLinkName{157, 100};
constexpr Field kMagic{257, 8};  // with the version
constexpr Field kMajor{329, 8};
constexpr Field kMinor{337, 8};
constexpr Field kPrefix{345, 155};
constexpr Field kStarPrefix{345, 131};  // star keeps two times behind a shorter one
constexpr Field kStarMagic{508, 4};

std::string_view field(const TarBlock& block, Field where) {
  return {reinterpret_cast<const char*>(block.data()) + where.offset, where.size};
}

std::string_view text(const TarBlock& block, Field where) {
  const auto bytes = field(block, where);
  return bytes.substr(0, bytes.find('\0'));
}

/// A binary number: bit 7 of the first byte is the mark, bit 6 the sign, the rest is big-endian
/// two's complement.
std::optional<std::int64_t> parse_base256(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes.front());
  const bool negative = (first & 0x40) != 0;
  const unsigned char fill = negative ? 0xFF : 0x00;
  std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 0) {
      byte = static_cast<unsigned char>((byte & 0x7F) | (negative ? 0x80 : 0));
    }
    if (bytes.size() - i > 8 && byte != fill) {
      return std::nullopt;
    }
    value = value << 8 | byte;
  }
  const auto number = static_cast<std::int64_t>(value);
  return (number < 0) == negative ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> parse_number(std::string_view bytes) {
  if ((static_cast<unsigned char>(bytes.front()) & 0x80) != 0) {
    return parse_base256(bytes);
  }
  constexpr std::string_view kFill(" \0", 2);
  const auto begin = bytes.find_first_not_of(kFill);
  if (begin == std::string_view::npos) {
    return 0;
  }
  bytes.remove_prefix(begin);
  const auto end = bytes.find_first_of(kFill);
  const auto value = base::parse_unsigned(bytes.substr(0, end), 8);
  if (!value || *value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

bool checksum_matches(const TarBlock& block) {
  const auto stored = parse_number(field(block, kChecksum));
  std::int64_t unsigned_sum = 0;
  std::int64_t signed_sum = 0;  // what some old tars wrote
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const auto byte = own ? std::uint8_t{' '} : std::to_integer<std::uint8_t>(block[i]);
    unsigned_sum += byte;
    signed_sum += static_cast<std::int8_t>(byte);
  }
  return stored && (*stored == unsigned_sum || *stored == signed_sum);
}

base::Error bad_field(const TarHeader& header, std::string_view name) {
  return {fmt::format("the tar entry '{}' has a bad {} field", base::printable(header.name), name),
          "", ""};
}

base::Result<std::uint64_t> unsigned_field(const TarBlock& block, Field where,
                                           const TarHeader& header, std::string_view name,
                                           std::uint64_t limit) {
  const auto value = parse_number(field(block, where));
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > limit) {
    return bad_field(header, name);
  }
  return static_cast<std::uint64_t>(*value);
}

std::string full_name(const TarBlock& block) {
  std::string name(text(block, kName));
  if (field(block, kMagic).substr(0, 6) != std::string_view("ustar\0", 6)) {
    return name;  // v7, or GNU, which keeps other things in the place of the prefix
  }
  const bool star = field(block, kStarMagic) == std::string_view("tar\0", 4);
  const auto prefix = text(block, star ? kStarPrefix : kPrefix);
  return prefix.empty() ? name : std::string(prefix) + "/" + name;
}

}  // namespace

bool is_zero_block(const TarBlock& block) {
  return std::all_of(block.begin(), block.end(), [](std::byte b) { return b == std::byte{0}; });
}

base::Result<TarHeader> parse_tar_header(const TarBlock& block) {
  if (!checksum_matches(block)) {
    return base::Error{"not a tar header: its checksum does not match", "", ""};
  }
  constexpr std::uint64_t kAny = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kAny32 = std::numeric_limits<std::uint32_t>::max();
  TarHeader header;
  header.name = full_name(block);
  header.link_name = text(block, kLinkName);
  header.type = field(block, kType).front();
  GANTRY_TRY(const auto mode, unsigned_field(block, kMode, header, "mode", kAny));
  header.mode = static_cast<std::uint32_t>(mode & 07777);  // old tars add the file type
  GANTRY_TRY(header.uid, unsigned_field(block, kUid, header, "uid", kAny));
  GANTRY_TRY(header.gid, unsigned_field(block, kGid, header, "gid", kAny));
  GANTRY_TRY(header.size, unsigned_field(block, kSize, header, "size", kAny));
  const auto mtime = parse_number(field(block, kMtime));
  if (!mtime) {
    return bad_field(header, "mtime");
  }
  header.mtime = *mtime;
  if (header.type == '3' || header.type == '4') {
    GANTRY_TRY(const auto major, unsigned_field(block, kMajor, header, "major", kAny32));
    GANTRY_TRY(const auto minor, unsigned_field(block, kMinor, header, "minor", kAny32));
    header.device_major = static_cast<std::uint32_t>(major);
    header.device_minor = static_cast<std::uint32_t>(minor);
  }
  return header;
}

}  // namespace gantry::oci
