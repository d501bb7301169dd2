#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "base/file.hpp"
#include "state/checksum.hpp"
#include "state/header.hpp"
#include "state/state.hpp"

namespace gantry::state {

/// A state file that has been changed, with checksums that are right again wherever the header says
/// that a section is.
inline void seal_file(std::span<std::byte> file) {
  Header header;
  if (file.size() < sizeof header) {
    return;
  }
  std::memcpy(&header, file.data(), sizeof header);
  for (auto& section : header.sections) {
    if (section.offset <= file.size() && section.bytes <= file.size() &&
        in_blocks(section.bytes) <= file.size() - section.offset) {
      section.checksum = checksum(file.subspan(section.offset, in_blocks(section.bytes)));
    }
  }
  seal(header);
  std::memcpy(file.data(), &header, sizeof header);
}

}  // namespace gantry::state
