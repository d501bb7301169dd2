#include "state/header.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "state/checksum.hpp"

namespace gantry::state {

namespace {

constexpr std::array<char, 8> kMagic = {'g', 'a', 'n', 't', 'r', 'y', 'S', 'D'};
constexpr std::uint32_t kByteOrder = 0x01020304;
constexpr std::uint32_t kOtherByteOrder = 0x04030201;
constexpr std::uint32_t kVersion = 1;
constexpr std::array<std::string_view, kSections> kNames = {"device", "arrays", "books"};

std::uint64_t checksum_of(const Header& header) {
  return checksum(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, checksum)));
}

/// Each section where the one before ends, and the last where the file does.
bool is_in_order(const Header& header) {
  std::uint64_t end = kBlock;
  for (std::size_t at = 0; at < kSections; ++at) {
    const auto& section = header.sections[at];
    std::array<char, 16> name{};
    std::copy(kNames[at].begin(), kNames[at].end(), name.begin());
    if (section.name != name || section.offset != end || section.bytes > header.file_bytes - end ||
        in_blocks(section.bytes) > header.file_bytes - end) {
      return false;
    }
    end += in_blocks(section.bytes);
  }
  return end == header.file_bytes;
}

}  // namespace

Header make_header(const std::array<std::uint64_t, kSections>& bytes) {
  Header header;
  header.magic = kMagic;
  header.byte_order = kByteOrder;
  header.version = kVersion;
  header.file_bytes = kBlock;
  for (std::size_t at = 0; at < kSections; ++at) {
    auto& section = header.sections[at];
    std::copy(kNames[at].begin(), kNames[at].end(), section.name.begin());
    section.offset = header.file_bytes;
    section.bytes = bytes[at];
    header.file_bytes += in_blocks(bytes[at]);
  }
  return header;
}

void seal(Header& header) {
  header.checksum = checksum_of(header);
}

base::Result<Header> read_header(std::span<const std::byte> file) {
  Header header;
  const auto begins_right =
      file.size() >= kMagic.size() && std::memcmp(file.data(), kMagic.data(), kMagic.size()) == 0;
  if (!begins_right) {
    return base::Error{"this is no state of a simulated device", "",
                       "`gantry ssd precondition` writes one"};
  }
  if (file.size() < kBlock) {
    return base::Error{fmt::format("the file is cut short: it has {} bytes", file.size()), "", ""};
  }
  std::memcpy(&header, file.data(), sizeof header);
  if (header.byte_order == kOtherByteOrder) {
    return base::Error{"this state was written by a machine of the other byte order", "", ""};
  }
  if (header.version > kVersion) {
    return base::Error{fmt::format("this state is of format {}, and this program knows {}",
                                   header.version, kVersion),
                       "", "use the Gantry that wrote it, or a later one"};
  }
  if (header.checksum != checksum_of(header)) {
    return base::Error{"the header is damaged", "", ""};
  }
  if (header.file_bytes != file.size()) {
    return base::Error{
        fmt::format("the file {}: it has {} bytes, and should have {}",
                    file.size() < header.file_bytes ? "is cut short" : "goes on after its end",
                    file.size(), header.file_bytes),
        "", ""};
  }
  if (header.byte_order != kByteOrder || header.version != kVersion || header.block != kBlock ||
      header.section_count != kSections || !is_in_order(header)) {
    return base::Error{"the header contradicts itself", "", ""};
  }
  return header;
}

base::Result<std::span<const std::byte>> read_section(std::span<const std::byte> file,
                                                      const Section& section) {
  const auto blocks = file.subspan(section.offset, in_blocks(section.bytes));
  if (checksum(blocks) != section.checksum) {
    return base::Error{fmt::format("the section '{}' is damaged", section.name.data()), "", ""};
  }
  return blocks;
}

}  // namespace gantry::state
