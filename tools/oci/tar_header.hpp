#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace gantry::oci {

inline constexpr std::size_t kTarBlock = 512;
using TarBlock = std::array<std::byte, kTarBlock>;

/// The fields of one header block (POSIX.1-1988 ustar, its v7, star and GNU relatives), as they
/// stand there.
struct TarHeader {
  std::string name;  ///< with ustar's prefix
  std::string link_name;
  char type = '0';         ///< typeflag; '\0' for the files of a v7 archive
  std::uint32_t mode = 0;  ///< permission bits (07777)
  std::uint64_t uid = 0;
  std::uint64_t gid = 0;
  std::uint64_t size = 0;  ///< bytes
  std::int64_t mtime = 0;  ///< seconds since the epoch
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
};

/// True for a block of zeros, which ends an archive.
bool is_zero_block(const TarBlock& block);

/// Checks the checksum and reads the numbers (octal, or base-256 as GNU writes them).
base::Result<TarHeader> parse_tar_header(const TarBlock& block);

}  // namespace gantry::oci
