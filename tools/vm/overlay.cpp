#include "vm/overlay.hpp"

#include <array>
#include <cerrno>
#include <concepts>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

// Names and places are those of QEMU's docs/interop/qcow2.txt.
constexpr std::uint32_t kMagic = 0x514649fb;
constexpr std::uint32_t kBackingFormat = 0xe2792aca;
constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kHeaderLength = 104;
constexpr std::uint32_t kClusterBits = 16;
constexpr std::uint64_t kCluster = std::uint64_t{1} << kClusterBits;
constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kLargestDisk = std::uint64_t{1} << 50;
constexpr ssize_t kLeastHeader = 32;  // with the size of the disk
constexpr std::size_t kLongestName = 1023;
constexpr std::uint64_t kExternalData = 4;  // of the incompatible features

/// The header is followed by the table of reference counts, its one block, and the first-level
/// table.
constexpr std::uint64_t kCountTable = kCluster;
constexpr std::uint64_t kCounts = 2 * kCluster;
constexpr std::uint64_t kLevel1 = 3 * kCluster;

class BigEndian {
 public:
  template <std::unsigned_integral T>
  void add(T value) {
    for (std::size_t i = sizeof(T); i > 0; --i) {
      text_ += static_cast<char>(static_cast<unsigned char>(value >> (8 * (i - 1))));
    }
  }
  void add(std::string_view text) { text_ += text; }
  void pad(std::size_t boundary) {
    text_.resize((text_.size() + boundary - 1) / boundary * boundary);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(offset, size)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

std::string header(std::uint64_t size, std::uint64_t entries, const Disk& base,
                   const std::string& name) {
  BigEndian extensions;
  extensions.add(kBackingFormat);
  extensions.add(static_cast<std::uint32_t>(base.format.size()));
  extensions.add(base.format);
  extensions.pad(8);
  extensions.add(std::uint64_t{0});  // the last one
  BigEndian header;
  header.add(kMagic);
  header.add(kVersion);
  header.add(std::uint64_t{kHeaderLength + extensions.text().size()});  // where the name is
  header.add(static_cast<std::uint32_t>(name.size()));
  header.add(kClusterBits);
  header.add(size);
  header.add(std::uint32_t{0});  // not encrypted
  header.add(static_cast<std::uint32_t>(entries));
  header.add(kLevel1);
  header.add(kCountTable);
  header.add(std::uint32_t{1});  // cluster of that table
  header.add(std::uint32_t{0});  // no snapshots
  header.add(std::uint64_t{0});
  header.add(std::uint64_t{0});  // no features: incompatible, compatible, autoclear
  header.add(std::uint64_t{0});
  header.add(std::uint64_t{0});
  header.add(std::uint32_t{4});  // counts of 16 bits
  header.add(kHeaderLength);
  header.add(extensions.text());
  header.add(name);
  return header.text();
}

/// Every cluster that the image has is used once.
std::string counts(std::uint64_t clusters) {
  BigEndian counts;
  for (std::uint64_t i = 0; i < clusters; ++i) {
    counts.add(std::uint16_t{1});
  }
  return counts.text();
}

}  // namespace

Result<std::uint64_t> disk_size(const Disk& image) {
  std::error_code failure;
  const auto bytes = fs::file_size(image.path, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("read", image.path);
  }
  if (image.format == "raw") {
    return (bytes + kSector - 1) / kSector * kSector;
  }
  GANTRY_TRY(const base::Fd file, base::open_file(image.path, O_RDONLY | O_CLOEXEC));
  std::array<char, 80> start{};
  const auto got = pread(file.get(), start.data(), start.size(), 0);
  const std::string_view text(start.data(), start.size());
  if (got < kLeastHeader || number_at(text, 0, 4) != kMagic) {
    return base::Error{"this is no qcow2 image", image.path.native(),
                       "convert it: qemu-img convert -O qcow2"};
  }
  if (number_at(text, 4, 4) >= kVersion && (number_at(text, 72, 8) & kExternalData) != 0) {
    return base::Error{"this qcow2 image has its data in another file", image.path.native(),
                       "make one that has it itself: qemu-img convert -O qcow2"};
  }
  const auto size = number_at(text, 24, 8);
  if (size > kLargestDisk) {
    return base::Error{fmt::format("the image says that it is a disk of {} bytes", size),
                       image.path.native(), ""};
  }
  return size;
}

Result<void> create_overlay(const fs::path& path, const Disk& base) {
  GANTRY_TRY(const auto size, disk_size(base));
  const auto name = fs::absolute(base.path).native();
  if (name.size() > kLongestName) {
    return base::Error{fmt::format("the path of an image is longer than {} bytes", kLongestName),
                       name, ""};
  }
  constexpr auto kOfOneEntry = kCluster * (kCluster / 8);
  const auto entries = (size + kOfOneEntry - 1) / kOfOneEntry;
  const auto clusters = kLevel1 / kCluster + (entries * 8 + kCluster - 1) / kCluster;
  GANTRY_TRY(const base::Fd file, base::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC));
  BigEndian table;
  table.add(kCounts);
  const auto write_at = [&](std::uint64_t offset, const std::string& bytes) {
    return pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(bytes.size());
  };
  if (!write_at(0, header(size, entries, base, name)) || !write_at(kCountTable, table.text()) ||
      !write_at(kCounts, counts(clusters)) ||
      ftruncate(file.get(), static_cast<off_t>(clusters * kCluster)) != 0) {
    return base::errno_error("write", path);
  }
  return {};
}

}  // namespace gantry::vm
