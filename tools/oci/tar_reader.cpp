#include "oci/tar_reader.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

using content::Entry;
using content::EntryType;

namespace {

constexpr std::size_t kMaxPath = 4096;  // PATH_MAX
constexpr std::uint64_t kMaxExtendedHeader = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxFileSize = std::uint64_t{1} << 56;  // no sum of a few overflows
constexpr std::uint64_t kMaxId = 0xFFFFFFFE;                    // (uid_t)-1 means "keep" to chown
constexpr std::size_t kScratch = std::size_t{256} << 10;
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kReserved = ".wh..wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";

base::Error entry_error(std::string_view name, std::string_view problem) {
  return {fmt::format("the tar entry '{}' {}", base::printable(name.substr(0, kMaxPath)), problem),
          "", ""};
}

base::Error truncated() {
  return {"the tar archive ends in the middle of an entry", "", ""};
}

/// "a/b" for "/./a//b/".
base::Result<std::string> normalise(std::string_view path, std::string_view name,
                                    std::string_view what) {
  if (path.size() > kMaxPath) {
    return entry_error(name, fmt::format("has {} of more than {} bytes", what, kMaxPath));
  }
  std::string out;
  out.reserve(path.size());
  for (const auto part : base::split(path, '/')) {
    if (part == "..") {
      return entry_error(name, fmt::format("has {} that climbs with '..'", what));
    }
    if (!part.empty() && part != ".") {
      out += out.empty() ? "" : "/";
      out += part;
    }
  }
  return out;
}

std::optional<EntryType> entry_type(const TarHeader& header) {
  switch (header.type) {
    case '\0':
    case '0':
    case '7':
      // Archives from before '5' existed mark a directory by the slash alone.
      return header.name.ends_with('/') ? EntryType::kDirectory : EntryType::kFile;
    case '1':
      return EntryType::kHardLink;
    case '2':
      return EntryType::kSymlink;
    case '3':
      return EntryType::kCharDevice;
    case '4':
      return EntryType::kBlockDevice;
    case '5':
      return EntryType::kDirectory;
    case '6':
      return EntryType::kFifo;
    default:
      return std::nullopt;
  }
}

base::Error unknown_type(const TarHeader& header) {
  if (header.type == 'S') {
    return entry_error(header.name, "is a sparse file, which image layers cannot hold");
  }
  const std::string type(1, header.type);
  return entry_error(header.name, fmt::format("has the unknown type '{}'", base::printable(type)));
}

/// The fields of header, with what pax says instead.
base::Result<void> apply(const PaxRecords& pax, TarHeader& header) {
  header.name = pax.path.value_or(std::move(header.name));
  header.link_name = pax.link_path.value_or(std::move(header.link_name));
  header.size = pax.size.value_or(header.size);
  header.mtime = pax.mtime.value_or(header.mtime);
  header.uid = pax.uid.value_or(header.uid);
  header.gid = pax.gid.value_or(header.gid);
  if (pax.sparse) {
    return entry_error(pax.sparse_name.empty() ? header.name : pax.sparse_name,
                       "is a sparse file, which image layers cannot hold");
  }
  return {};
}

base::Result<void> check_ranges(const TarHeader& header) {
  if (header.size > kMaxFileSize) {
    return entry_error(header.name, fmt::format("claims {} bytes", header.size));
  }
  if (header.uid > kMaxId || header.gid > kMaxId) {
    return entry_error(header.name,
                       fmt::format("has an owner beyond 32 bits ({}:{})", header.uid, header.gid));
  }
  return {};
}

/// Turns an entry named .wh.NAME into what it means. False: aufs' own files, of no meaning here.
base::Result<bool> recognise_whiteout(Entry& entry) {
  const auto slash = entry.path.rfind('/');
  const auto parent = slash == std::string::npos ? "" : entry.path.substr(0, slash);
  const auto name = entry.path.substr(slash + 1);
  for (const auto part : base::split(parent, '/')) {
    if (part.starts_with(kReserved)) {
      return false;
    }
    if (part.starts_with(kWhiteout)) {
      return entry_error(entry.path, "lies in a directory with a whiteout's name");
    }
  }
  if (!name.starts_with(kWhiteout)) {
    return true;
  }
  if (name != kOpaque && name.starts_with(kReserved)) {
    return false;
  }
  Entry whiteout;
  whiteout.mode = 0;
  whiteout.mtime = entry.mtime;
  if (name == kOpaque) {
    whiteout.type = EntryType::kOpaqueWhiteout;
    whiteout.path = parent;
  } else {
    const auto hidden = name.substr(kWhiteout.size());
    if (hidden.empty() || hidden == "." || hidden == "..") {
      return entry_error(entry.path, "is a whiteout of nothing");
    }
    whiteout.type = EntryType::kWhiteout;
    whiteout.path = fmt::format("{}{}{}", parent, parent.empty() ? "" : "/", hidden);
  }
  entry = std::move(whiteout);
  return true;
}

/// Everything but whiteouts.
base::Result<Entry> plain_entry(const TarHeader& header, EntryType type) {
  Entry entry;
  entry.type = type;
  entry.mode = header.mode;
  entry.uid = static_cast<std::uint32_t>(header.uid);
  entry.gid = static_cast<std::uint32_t>(header.gid);
  entry.mtime = header.mtime;
  entry.size = type == EntryType::kFile ? header.size : 0;
  entry.device_major = header.device_major;
  entry.device_minor = header.device_minor;
  GANTRY_TRY(entry.path, normalise(header.name, header.name, "a name"));
  if (entry.path.empty() && type != EntryType::kDirectory) {
    return entry_error(header.name, "has no name");
  }
  if (type == EntryType::kSymlink) {
    if (header.link_name.empty() || header.link_name.size() > kMaxPath) {
      return entry_error(header.name, "is a symbolic link with a bad target");
    }
    entry.link_target = header.link_name;
  } else if (type == EntryType::kHardLink) {
    GANTRY_TRY(entry.link_target, normalise(header.link_name, header.name, "a link target"));
    if (entry.link_target.empty() || entry.link_target == entry.path) {
      return entry_error(header.name, "is a hard link with a bad target");
    }
  }
  return entry;
}

}  // namespace

base::Result<std::optional<Entry>> TarReader::next() {
  Extension extension;
  while (!ended_) {
    GANTRY_TRY(auto header, next_header());
    if (!header) {
      if (!extension.empty()) {
        return base::Error{"the tar archive ends after an extended header", "", ""};
      }
      ended_ = true;
      GANTRY_CHECK(read_to_end());
      break;
    }
    const char type = header->type;
    if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
      GANTRY_CHECK(extend(*header, extension));
      continue;
    }
    GANTRY_TRY(auto entry, make_entry(*std::move(header), extension));
    if (entry) {
      return entry;
    }
    extension = {};
  }
  return std::optional<Entry>();
}

base::Result<std::size_t> TarReader::read(std::span<std::byte> into) {
  if (!readable_ || remaining_ == 0) {
    return std::size_t{0};
  }
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), remaining_)));
  GANTRY_CHECK(read_exactly(into));
  remaining_ -= into.size();
  return into.size();
}

base::Result<std::optional<TarHeader>> TarReader::next_header() {
  GANTRY_CHECK(skip_content());
  TarBlock block;
  GANTRY_TRY(const auto count, read_some(block));
  if (count == 0) {
    return std::optional<TarHeader>();  // some writers leave the end mark out
  }
  if (count < block.size()) {
    return truncated();
  }
  if (is_zero_block(block)) {
    GANTRY_TRY(const auto second, read_some(block));
    if (second == block.size() && !is_zero_block(block)) {
      return base::Error{"the tar archive has a block of zeros between two entries", "", ""};
    }
    return std::optional<TarHeader>();
  }
  GANTRY_TRY(auto header, parse_tar_header(block));
  return std::optional(std::move(header));
}

base::Result<void> TarReader::extend(const TarHeader& header, Extension& extension) {
  const bool long_text = header.type == 'L' || header.type == 'K';
  GANTRY_TRY(auto body, read_block_text(header, long_text ? kMaxPath + 1 : kMaxExtendedHeader));
  const base::Error twice{"a tar entry has two extended headers", "", ""};
  if (header.type == 'g') {
    if (!extension.empty()) {
      return twice;  // does it hold for the entry whose own header came before it?
    }
    GANTRY_TRY(global_, parse_pax(body, std::move(global_)));
    return {};
  }
  if (header.type == 'x') {
    if (!extension.empty()) {
      return twice;
    }
    GANTRY_TRY(extension.pax, parse_pax(body, global_));
    return {};
  }
  auto& target = header.type == 'L' ? extension.long_name : extension.long_link;
  if (target || extension.pax) {
    return twice;
  }
  target = body.substr(0, body.find('\0'));
  return {};
}

base::Result<std::optional<Entry>> TarReader::make_entry(TarHeader header,
                                                         const Extension& extension) {
  const auto& pax = extension.pax ? *extension.pax : global_;
  header.name = extension.long_name.value_or(std::move(header.name));
  header.link_name = extension.long_link.value_or(std::move(header.link_name));
  GANTRY_CHECK(apply(pax, header));
  GANTRY_CHECK(check_ranges(header));
  const auto type = entry_type(header);
  if (!type) {
    return unknown_type(header);
  }
  if (*type == EntryType::kDirectory && header.type != '5' && header.size > 0) {
    return entry_error(header.name, "is a directory by its name, but has content");
  }
  // All but files have no content, whatever their size field says (old tars and disks' quotas).
  begin_content(*type == EntryType::kFile ? header.size : 0);
  GANTRY_TRY(auto entry, plain_entry(header, *type));
  if (entry.path.empty()) {
    return std::optional<Entry>();
  }
  GANTRY_TRY(const bool meaningful, recognise_whiteout(entry));
  if (!meaningful) {
    return std::optional<Entry>();
  }
  readable_ = entry.type == EntryType::kFile;
  if (entry.type != EntryType::kWhiteout && entry.type != EntryType::kOpaqueWhiteout) {
    entry.xattrs.assign(pax.xattrs.begin(), pax.xattrs.end());
  }
  return std::optional(std::move(entry));
}

base::Result<std::string> TarReader::read_block_text(const TarHeader& header, std::uint64_t limit) {
  if (header.size > limit) {
    return base::Error{
        fmt::format("an extended tar header claims {} bytes, more than {}", header.size, limit), "",
        ""};
  }
  std::string text(static_cast<std::size_t>(header.size), '\0');
  begin_content(header.size);
  GANTRY_CHECK(read_exactly(std::as_writable_bytes(std::span(text))));
  remaining_ = 0;
  return text;
}

base::Result<std::size_t> TarReader::read_some(std::span<std::byte> into) {
  GANTRY_TRY(const auto count, source_.read(into));
  position_ += count;
  return count;
}

base::Result<void> TarReader::read_exactly(std::span<std::byte> into) {
  GANTRY_TRY(const auto count, read_some(into));
  if (count < into.size()) {
    return truncated();
  }
  return {};
}

base::Result<void> TarReader::skip_content() {
  scratch_.resize(kScratch);
  for (auto left = remaining_ + padding_; left > 0;) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, kScratch));
    GANTRY_CHECK(read_exactly(std::span(scratch_).first(piece)));
    left -= piece;
  }
  begin_content(0);
  return {};
}

base::Result<void> TarReader::read_to_end() {
  for (;;) {
    GANTRY_TRY(const auto count, read_some(scratch_));
    if (count == 0) {
      return {};
    }
  }
}

void TarReader::begin_content(std::uint64_t size) {
  content_offset_ = position_;
  remaining_ = size;
  padding_ = (kTarBlock - size % kTarBlock) % kTarBlock;
  readable_ = false;
}

}  // namespace gantry::oci
