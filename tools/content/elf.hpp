#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace gantry::content {

/// What of an ELF file (System V gABI, chapters 4 and 5) decides which others it needs to run.
struct ElfFile {
  std::uint16_t machine = 0;  ///< EM_X86_64 and so on
  std::uint32_t flags = 0;    ///< the machine's own; tells ARM's floating-point ABIs apart
  bool is_64bit = true;
  bool is_big_endian = false;
  bool is_dynamic = false;       ///< has a dynamic section
  bool is_program = false;       ///< ET_EXEC, or ET_DYN with an interpreter or marked as PIE
  std::string interpreter = {};  ///< PT_INTERP
  std::vector<std::string> needed = {};
  /// The libraries that it cannot do without and loads itself (dlopen), as it says in its notes: of
  /// each the names that will do, the best first.
  std::vector<std::vector<std::string>> opened = {};
  std::string rpath = {};    ///< as it stands, with its $ORIGIN
  std::string runpath = {};  ///< as it stands
  std::string soname = {};
  bool ignores_defaults = false;  ///< DF_1_NODEFLIB: the default directories do not count

  /// Runs without a loader, so it needs nothing.
  bool is_static() const { return is_program && interpreter.empty(); }

  bool operator==(const ElfFile&) const = default;
};

/// Nothing if the bytes do not begin as an ELF program or library does; an error, which says where
/// it breaks, if they do and go on otherwise. The bytes may be hostile.
base::Result<std::optional<ElfFile>> parse_elf(std::span<const std::byte> bytes);

/// Reads only the parts of the file that count.
base::Result<std::optional<ElfFile>> read_elf(const std::filesystem::path& path,
                                              std::uint64_t offset = 0);

}  // namespace gantry::content
