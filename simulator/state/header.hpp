#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.hpp"

namespace gantry::state {

// A state file is blocks of 4 KiB: the header, and sections that begin at a block each. In memory
// as in the file, in the byte order of the machine that wrote it.

inline constexpr std::size_t kBlock = 4096;

/// Bytes in whole blocks.
constexpr std::uint64_t in_blocks(std::uint64_t bytes) {
  return (bytes + kBlock - 1) / kBlock * kBlock;
}

struct Section {
  std::array<char, 16> name{};  ///< filled up with zeros
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;     ///< zeros follow, up to a whole block
  std::uint64_t checksum = 0;  ///< of its blocks
};

inline constexpr std::size_t kSections = 3;
inline constexpr std::size_t kDevice = 0;  ///< its description, as config::write() gives it
inline constexpr std::size_t kArrays = 1;  ///< blocks of the large tables that are not all zeros
inline constexpr std::size_t kBooks = 2;   ///< all else, and which blocks of the tables those are

struct Header {
  std::array<char, 8> magic{};
  std::uint32_t byte_order = 0;
  std::uint32_t version = 0;
  std::uint64_t block = kBlock;
  std::uint64_t file_bytes = 0;
  std::uint64_t section_count = kSections;
  std::array<Section, kSections> sections{};
  std::array<std::byte, kBlock - 40 - kSections * 40 - 8> reserved{};
  std::uint64_t checksum = 0;  ///< of all before
};
static_assert(sizeof(Header) == kBlock);

/// A header of this version, of consecutive sections, without their checksums.
Header make_header(const std::array<std::uint64_t, kSections>& bytes);

/// Puts in the checksum of the header itself.
void seal(Header& header);

/// The header of a file, whose sections lie in it; they are not looked at. Errors say in words why
/// it is none.
base::Result<Header> read_header(std::span<const std::byte> file);

/// The section's blocks, if their checksum is right.
base::Result<std::span<const std::byte>> read_section(std::span<const std::byte> file,
                                                      const Section& section);

}  // namespace gantry::state
