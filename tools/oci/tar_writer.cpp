#include "oci/tar_writer.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

using content::Entry;
using content::EntryType;

/// The ustar header block (POSIX.1-2017, pax, "ustar Interchange Format").
struct Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link_name[100];
  char magic[6];
  char version[2];
  char owner_name[32];
  char group_name[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char padding[12];
};
static_assert(sizeof(Header) == kTarBlock);

constexpr std::uint64_t kMaxOctal7 = (std::uint64_t{1} << 21) - 1;

/// Zero-padded octal digits and a NUL, in all of field.
template <std::size_t size>
void put_octal(char (&field)[size], std::uint64_t value) {
  for (std::size_t at = size - 1; at-- > 0; value >>= 3) {
    field[at] = static_cast<char>('0' + (value & 7));
  }
}

template <std::size_t size>
void put_text(char (&field)[size], std::string_view text) {
  text.copy(field, size);  // an empty text may have no address, which memcpy forbids
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::kHardLink:
      return '1';
    case EntryType::kSymlink:
      return '2';
    case EntryType::kCharDevice:
      return '3';
    case EntryType::kBlockDevice:
      return '4';
    case EntryType::kDirectory:
      return '5';
    case EntryType::kFifo:
      return '6';
    case EntryType::kFile:
    case EntryType::kWhiteout:
    case EntryType::kOpaqueWhiteout:
      break;
  }
  return '0';
}

/// Where a name of more than 100 bytes divides into ustar's prefix and name; npos if nowhere.
std::size_t split_point(std::string_view name) {
  constexpr std::size_t kName = sizeof(Header::name);
  constexpr std::size_t kPrefix = sizeof(Header::prefix);
  if (name.size() > kPrefix + 1 + kName) {
    return std::string_view::npos;
  }
  const auto slash = name.find('/', name.size() - kName - 1);
  return slash == 0 || slash > kPrefix || slash + 1 >= name.size() ? std::string_view::npos : slash;
}

/// One pax record: its length in decimal, which counts its own digits, the key and the value.
void append_record(std::string& records, std::string_view key, std::string_view value) {
  const auto rest = key.size() + value.size() + 3;  // blank, '=' and newline
  auto size = rest + 1;
  while (size != rest + fmt::formatted_size("{}", size)) {
    size = rest + fmt::formatted_size("{}", size);
  }
  fmt::format_to(std::back_inserter(records), "{} {}=", size, key);
  records.append(value);
  records.push_back('\n');
}

void seal(Header& header) {
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&header);
  for (std::size_t at = 0; at < sizeof header; ++at) {
    sum += bytes[at];
  }
  // Six digits, NUL, blank.
  for (std::size_t at = 6; at-- > 0; sum >>= 3) {
    header.checksum[at] = static_cast<char>('0' + (sum & 7));
  }
  header.checksum[6] = '\0';
}

void append(std::string& out, const Header& header) {
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
}

/// The records' own header, with a name that says whose they are to a reader that knows no pax.
void append_pax(std::string& out, std::string_view name, std::string_view records) {
  name = name.substr(0, name.find_last_not_of('/') + 1);
  std::string base = "PaxHeaders/";
  for (const char c : name.substr(name.rfind('/') + 1).substr(0, 80)) {
    base.push_back((c & 0x80) == 0 ? c : '_');
  }
  Header header{};
  put_text(header.name, base);
  put_octal(header.mode, 0644);
  put_octal(header.uid, 0);
  put_octal(header.gid, 0);
  put_octal(header.size, records.size());
  put_octal(header.mtime, 0);
  header.type = 'x';
  seal(header);
  append(out, header);
  out.append(records);
  out.append(tar_padding(records.size()), '\0');
}

base::Error unrepresentable(const Entry& entry, std::string_view what) {
  return {fmt::format("a layer cannot hold '{}': {}", base::printable(entry.path), what), "", ""};
}

/// What no header can say.
base::Result<void> check(const Entry& entry) {
  if (entry.path.find('\0') != std::string::npos ||
      entry.link_target.find('\0') != std::string::npos) {
    return unrepresentable(entry, "its name or its target has a NUL in it");
  }
  if (entry.device_major > kMaxOctal7 || entry.device_minor > kMaxOctal7) {
    return unrepresentable(entry, "its device number is too large");
  }
  for (const auto& [name, value] : entry.xattrs) {
    if (name.empty() || name.find('=') != std::string::npos ||
        name.find('\0') != std::string::npos) {
      return unrepresentable(entry, fmt::format("no archive can name its extended attribute '{}'",
                                                base::printable(name)));
    }
  }
  return {};
}

/// Fills the name fields and returns the records that say what does not fit into them.
std::string put_names(Header& header, std::string_view name, std::string_view link_target) {
  std::string records;
  const bool unreadable = !base::is_utf8(name) || !base::is_utf8(link_target);
  const auto needs_record = [&](std::string_view text, bool fits) {
    // Bytes in no known encoding are best left where readers take them as they are.
    return !fits || (!unreadable && !is_ascii(text));
  };
  const auto split = name.size() <= sizeof header.name ? 0 : split_point(name);
  const bool splits = split != 0 && split != std::string_view::npos;
  const bool name_record = needs_record(name, split != std::string_view::npos);
  const bool link_record = needs_record(link_target, link_target.size() <= sizeof header.link_name);
  if (unreadable && (name_record || link_record)) {
    append_record(records, "hdrcharset", "BINARY");
  }
  if (link_record) {
    append_record(records, "linkpath", link_target);
  }
  if (name_record) {
    append_record(records, "path", name);
  }
  put_text(header.name, splits ? name.substr(split + 1) : name);
  put_text(header.prefix, splits ? name.substr(0, split) : std::string_view());
  put_text(header.link_name, link_target);
  return records;
}

template <std::size_t size>
void put_number(char (&field)[size], std::uint64_t value, std::string_view key,
                std::string& records) {
  constexpr auto kMax = (std::uint64_t{1} << (3 * (size - 1))) - 1;
  if (value > kMax) {
    append_record(records, key, fmt::to_string(value));
    value = 0;
  }
  put_octal(field, value);
}

}  // namespace

std::string tar_name(const Entry& entry) {
  if (entry.type == EntryType::kOpaqueWhiteout) {
    return entry.path.empty() ? ".wh..wh..opq" : std::string(entry.path) + "/.wh..wh..opq";
  }
  if (entry.type == EntryType::kWhiteout) {
    const auto slash = entry.path.rfind('/') + 1;  // npos + 1 is 0
    return fmt::format("{}.wh.{}", entry.path.substr(0, slash), entry.path.substr(slash));
  }
  return std::string(entry.path);
}

base::Result<void> append_tar_header(const Entry& entry, std::int64_t latest_mtime,
                                     std::string& out) {
  GANTRY_CHECK(check(entry));
  auto name = tar_name(entry);
  if (entry.type == EntryType::kDirectory) {
    name.push_back('/');
  }
  Header header{};
  auto records = put_names(header, name, entry.link_target);
  put_octal(header.mode, entry.mode & 07777);
  put_number(header.uid, entry.uid, "uid", records);
  put_number(header.gid, entry.gid, "gid", records);
  const bool has_content = entry.type == EntryType::kFile;
  put_number(header.size, has_content ? entry.size : 0, "size", records);
  const auto mtime = std::min(entry.mtime, latest_mtime);
  if (mtime < 0) {
    append_record(records, "mtime", fmt::to_string(mtime));
    put_octal(header.mtime, 0);
  } else {
    put_number(header.mtime, static_cast<std::uint64_t>(mtime), "mtime", records);
  }
  put_octal(header.device_major, entry.device_major);
  put_octal(header.device_minor, entry.device_minor);
  for (const auto& [key, value] : entry.xattrs) {
    append_record(records, "SCHILY.xattr." + key, value);
  }
  header.type = type_flag(entry.type);
  if (!records.empty()) {
    append_pax(out, name, records);
  }
  seal(header);
  append(out, header);
  return {};
}

}  // namespace gantry::oci
