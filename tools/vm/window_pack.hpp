#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/byte_source.hpp"

namespace gantry::vm {

/// Pages of a window of 64 KiB of a file.
struct WindowPages {
  std::uint32_t file = 0;    ///< which of several
  std::uint64_t window = 0;  ///< its number: it begins at 64 KiB times that
  std::uint16_t pages = 0;   ///< one bit for each of 4 KiB, the lowest first; not 0
  bool operator==(const WindowPages&) const = default;
};

inline constexpr std::uint64_t kPackPage = 4096;
inline constexpr std::uint64_t kPackWindow = 16 * kPackPage;

/// Bytes that these pages have in a file of so many bytes: its last page may be a part of one.
std::uint64_t bytes_of(const WindowPages& pages, std::uint64_t file_size);

/// The pages of a file that are not as in another, which may be shorter or longer; without another
/// (an empty path) those that are not zero. In ascending order; number is their file.
base::Result<std::vector<WindowPages>> changed_pages(const std::filesystem::path& path,
                                                     const std::filesystem::path& from,
                                                     std::uint32_t number);

/// Writes pages of files as a pack, which is frames one after another, each of up to 16 MiB of
/// pages: "GWP1", then 32 bits each (little endian) how many windows, how many bytes compressed and
/// how many not; for each window its file (32 bits), number (64), pages (16) and the SHA-256 of its
/// pages; then the pages as one zstd frame. The same pages give the same bytes, by one version of
/// zstd.
base::Result<void> write_pack(
    std::span<const WindowPages> windows, std::span<const std::filesystem::path> files,
    const std::function<base::Result<void>(std::span<const std::byte>)>& write);

/// Takes whole pages that belong at offset of a file.
using PagesSink = std::function<base::Result<void>(std::uint32_t file, std::uint64_t offset,
                                                   std::span<const std::byte> bytes)>;

/// Reads a pack for files of these sizes. Each window is given to the sink when it has the digest
/// that it must have, and none twice: no more than the files have is ever written. where is for
/// errors.
base::Result<void> read_pack(oci::ByteSource& source, std::span<const std::uint64_t> sizes,
                             const PagesSink& sink, const std::string& where);

}  // namespace gantry::vm
