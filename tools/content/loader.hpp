#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/elf.hpp"

namespace gantry::content {

/// True if a dynamic loader takes library for a process of program.
bool can_load(const ElfFile& program, const ElfFile& library);

/// Debian's name for the machine, as in /usr/lib/<triplet>; empty for one that it has no name for.
std::string multiarch_triplet(const ElfFile& elf);

/// Where the loader of elf's machine looks without being told, in its order (ld.so(8), and the
/// multiarch directories of Debian, the lib64 of others).
std::vector<std::string> default_library_directories(const ElfFile& elf);

/// The directories of an RPATH or RUNPATH with $ORIGIN, $LIB and $PLATFORM put in (ld.so(8));
/// relative ones are left out: they would depend on the working directory. origin: the directory
/// of the file that has it.
std::vector<std::string> expand_search_path(std::string_view path, std::string_view origin,
                                            const ElfFile& elf);

/// Library names and the files that a cache of ldconfig has for them, best first; those for special
/// hardware are left out, so that the result is the same on every machine.
using LoaderCache = std::multimap<std::string, std::filesystem::path, std::less<>>;

/// Reads /etc/ld.so.cache (glibc's format 1.1, of this machine's byte order); hostile content is an
/// error.
base::Result<LoaderCache> parse_loader_cache(std::string_view bytes);

}  // namespace gantry::content
