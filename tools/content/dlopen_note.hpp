#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::content {

/// The type and the owner's name (with its NUL) of notes in an ELF file that name the libraries
/// which it loads itself: "dlopen() Metadata for ELF Files", https://systemd.io/ELF_DLOPEN_METADATA
constexpr std::uint32_t kDlopenNote = 0x407c0c0a;
constexpr std::string_view kDlopenNoteOwner{"FDO", 4};

/// The libraries that such a note calls required: of each the names that will do, the best first.
/// What cannot be read, as it may be hostile, names none.
std::vector<std::vector<std::string>> required_by_dlopen_note(std::string_view note);

}  // namespace gantry::content
