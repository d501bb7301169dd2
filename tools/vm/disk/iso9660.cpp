#include "vm/disk/iso9660.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::size_t kSector = 2048;
constexpr std::size_t kMostFiles = 8;  // whose records are in one sector
constexpr std::size_t kMostName = 30;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
// Sectors, after the sixteen that belong to boot loaders.
constexpr std::uint32_t kVolume = 16;
constexpr std::uint32_t kLittlePaths = 18;
constexpr std::uint32_t kBigPaths = 19;
constexpr std::uint32_t kRoot = 20;
constexpr std::uint32_t kFirstFile = 21;
constexpr std::uint32_t kLeastSectors = 32;  // libarchive looks at 24 before it takes it for a CD
constexpr std::uint32_t kPathTable = 10;     // bytes: the root is all there is

std::string little(std::uint32_t value, unsigned bytes) {
  std::string text;
  for (unsigned i = 0; i < bytes; ++i) {
    text.push_back(static_cast<char>(value >> (8 * i)));
  }
  return text;
}

std::string big(std::uint32_t value, unsigned bytes) {
  auto text = little(value, bytes);
  std::reverse(text.begin(), text.end());
  return text;
}

std::string both(std::uint32_t value, unsigned bytes) {
  return little(value, bytes) + big(value, bytes);
}

std::string padded(std::string text, std::size_t length, char filler = ' ') {
  text.resize(length, filler);
  return text;
}

/// An empty file has one too: some readers take two files at one place for one.
std::uint32_t sectors_of(std::size_t bytes) {
  return std::max(1U, static_cast<std::uint32_t>((bytes + kSector - 1) / kSector));
}

std::tm calendar(std::int64_t time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

/// Of a directory record: years since 1900 and so on, in UTC (9.1.5).
std::string short_date(std::int64_t time) {
  const auto t = calendar(time);
  std::string text;
  for (const int part : {t.tm_year, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, 0}) {
    text.push_back(static_cast<char>(part));
  }
  return text;
}

/// Of the volume: digits, and the offset from UTC (8.4.26.1).
std::string long_date(std::int64_t time) {
  const auto t = calendar(time);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}00", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec) +
         '\0';
}

/// Rock Ridge's fields of an entry: mode, links and owner (PX), and a name (NM).
std::string posix_fields(std::uint32_t mode, std::uint32_t links, const std::string& name) {
  std::string text = "PX" + little(36, 1) + little(1, 1) + both(mode, 4) + both(links, 4) +
                     both(0, 4) + both(0, 4);
  if (!name.empty()) {
    text +=
        "NM" + little(static_cast<std::uint32_t>(5 + name.size()), 1) + little(1, 1) + '\0' + name;
  }
  return text;
}

/// A directory record (9.1), its length even.
std::string record(const std::string& identifier, std::uint32_t sector, std::uint32_t bytes,
                   bool directory, std::int64_t time, const std::string& system_use) {
  std::string rest = '\0' + both(sector, 4) + both(bytes, 4) + short_date(time);
  rest += little(directory ? 2 : 0, 1) + std::string(2, '\0') + both(1, 2);
  rest += little(static_cast<std::uint32_t>(identifier.size()), 1) + identifier;
  if (identifier.size() % 2 == 0) {
    rest.push_back('\0');
  }
  rest += system_use;
  if (rest.size() % 2 == 0) {
    rest.push_back('\0');
  }
  return little(static_cast<std::uint32_t>(rest.size() + 1), 1) + rest;
}

std::string volume_descriptor(const std::string& label, std::uint32_t sectors, std::int64_t time) {
  std::string text = "\1CD001\1" + std::string(1, '\0') + padded("", 32) + padded(label, 32);
  text += std::string(8, '\0') + both(sectors, 4) + std::string(32, '\0');
  text += both(1, 2) + both(1, 2) + both(kSector, 2) + both(kPathTable, 4);
  text += little(kLittlePaths, 4) + little(0, 4) + big(kBigPaths, 4) + big(0, 4);
  text += record(std::string(1, '\0'), kRoot, kSector, true, time, "");
  // Volume set, publisher, preparer, application; copyright, abstract and bibliography files.
  text += padded("", 4 * 128) + padded("", 3 * 37);
  const auto date = long_date(time);
  text += date + date + std::string(16, '0') + '\0' + date;
  text += '\1';
  return padded(text, kSector, '\0');
}

std::string root_directory(std::span<const IsoFile> files, std::int64_t time) {
  constexpr std::uint32_t kDirectoryMode = 0040555;
  constexpr std::uint32_t kFileMode = 0100444;
  // That there are such fields (SP), and whose they are (ER).
  const std::string kind = "SP" + little(7, 1) + little(1, 1) + "\xBE\xEF" + '\0' + "ER" +
                           little(18, 1) + little(1, 1) + little(10, 1) + std::string(2, '\0') +
                           little(1, 1) + "RRIP_1991A";
  auto text = record(std::string(1, '\0'), kRoot, kSector, true, time,
                     kind + posix_fields(kDirectoryMode, 2, ""));
  text += record("\1", kRoot, kSector, true, time, posix_fields(kDirectoryMode, 2, ""));
  auto sector = kFirstFile;
  for (const auto& file : files) {
    auto plain = file.name;
    std::transform(plain.begin(), plain.end(), plain.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    text += record(plain + ";1", sector, static_cast<std::uint32_t>(file.content.size()), false,
                   time, posix_fields(kFileMode, 1, file.name));
    sector += sectors_of(file.content.size());
  }
  return padded(text, kSector, '\0');
}

Result<void> check(const std::string& label, std::span<const IsoFile> files) {
  std::size_t bytes = 0;
  for (const auto& file : files) {
    bytes += file.content.size();
    if (file.name.empty() || file.name.size() > kMostName ||
        file.name.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") !=
            std::string::npos) {
      return base::Error{"a CD cannot have a file of this name", base::printable(file.name), ""};
    }
  }
  if (files.size() > kMostFiles || bytes > kMostBytes || label.size() > 32) {
    return base::Error{fmt::format("a CD has room for {} files and {} here", kMostFiles,
                                   base::format_bytes(kMostBytes)),
                       "", ""};
  }
  return {};
}

}  // namespace

Result<std::string> write_iso9660(const std::string& label, std::span<const IsoFile> files,
                                  std::int64_t time) {
  GANTRY_CHECK(check(label, files));
  // Sorted by name, as the standard wants it.
  std::vector<IsoFile> sorted(files.begin(), files.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  // A year is one byte, from 1900.
  constexpr std::int64_t kLastTime = 5'869'583'999;  // 2155
  time = std::clamp<std::int64_t>(time, 0, kLastTime);
  std::uint32_t sectors = kFirstFile;
  for (const auto& file : sorted) {
    sectors += sectors_of(file.content.size());
  }
  sectors = std::max(sectors, kLeastSectors);
  std::string image(kVolume * kSector, '\0');
  image += volume_descriptor(label, sectors, time);
  image += padded(
      "\xFF"
      "CD001\1",
      kSector, '\0');
  image += padded(little(1, 1) + '\0' + little(kRoot, 4) + little(1, 2) + std::string(2, '\0'),
                  kSector, '\0');
  image +=
      padded(little(1, 1) + '\0' + big(kRoot, 4) + big(1, 2) + std::string(2, '\0'), kSector, '\0');
  image += root_directory(sorted, time);
  for (const auto& file : sorted) {
    image += padded(file.content, sectors_of(file.content.size()) * kSector, '\0');
  }
  return padded(std::move(image), sectors * kSector, '\0');
}

}  // namespace gantry::vm
