#include "content/elf.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "content/dlopen_note.hpp"

namespace gantry::content {

namespace {

/// Fills the span from an offset of the file as far as it goes; returns how far.
using ReadAt = std::function<std::size_t(std::uint64_t, std::span<std::byte>)>;

constexpr std::size_t kMaxString = 4096;
constexpr std::uint64_t kMaxDynamicEntries = 1 << 16;
constexpr std::uint64_t kMaxNotes = 1 << 16;  // bytes

class Parser {
 public:
  explicit Parser(const ReadAt& read_at) : read_at_(read_at) {}

  base::Result<std::optional<ElfFile>> parse();

 private:
  struct Segment {
    std::uint32_t type = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t file_size = 0;
    std::uint64_t alignment = 0;
  };
  struct Dynamic {
    std::vector<std::uint64_t> needed;
    std::optional<std::uint64_t> soname;
    std::optional<std::uint64_t> rpath;
    std::optional<std::uint64_t> runpath;
    std::optional<std::uint64_t> strings;
    std::uint64_t strings_size = 0;
    std::uint64_t flags_1 = 0;
  };

  static base::Error broken(std::string_view what) {
    return {fmt::format("broken ELF file: {}", what), "", ""};
  }

  template <class Number>
  Number number(std::span<const std::byte> bytes, std::size_t at) const {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const std::size_t shift = file_.is_big_endian ? sizeof(Number) - 1 - i : i;
      value = static_cast<Number>(
          value | static_cast<Number>(static_cast<Number>(bytes[at + i]) << (8 * shift)));
    }
    return value;
  }
  /// An address, offset or size: as wide as the class says.
  std::uint64_t word(std::span<const std::byte> bytes, std::size_t at) const {
    return file_.is_64bit ? number<std::uint64_t>(bytes, at) : number<std::uint32_t>(bytes, at);
  }

  bool read(std::uint64_t offset, std::span<std::byte> into) const {
    return read_at_(offset, into) == into.size();
  }

  base::Result<bool> read_header();
  base::Result<void> read_segments();
  base::Result<Dynamic> read_dynamic(const Segment& segment) const;
  base::Result<void> apply(const Dynamic& dynamic);
  void read_notes(const Segment& segment);
  base::Result<std::string> string_at(std::uint64_t offset, std::uint64_t limit) const;
  std::optional<std::uint64_t> file_offset(std::uint64_t address) const;

  const ReadAt& read_at_;
  ElfFile file_;
  std::uint16_t type_ = 0;
  std::uint64_t segments_at_ = 0;
  std::uint16_t segment_size_ = 0;
  std::uint16_t segment_count_ = 0;
  std::vector<Segment> segments_;
};

/// False: not an ELF program or library.
base::Result<bool> Parser::read_header() {
  std::array<std::byte, sizeof(Elf64_Ehdr)> header{};
  const auto length = read_at_(0, header);
  if (length < EI_NIDENT || std::memcmp(header.data(), ELFMAG, SELFMAG) != 0) {
    return false;
  }
  const auto ident = [&](std::size_t i) { return std::to_integer<unsigned>(header[i]); };
  const bool is_known_class = ident(EI_CLASS) == ELFCLASS32 || ident(EI_CLASS) == ELFCLASS64;
  const bool is_known_order = ident(EI_DATA) == ELFDATA2LSB || ident(EI_DATA) == ELFDATA2MSB;
  if (!is_known_class || !is_known_order) {
    return broken("unknown class or byte order");
  }
  file_.is_64bit = ident(EI_CLASS) == ELFCLASS64;
  file_.is_big_endian = ident(EI_DATA) == ELFDATA2MSB;
  if (length < (file_.is_64bit ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr))) {
    return broken("it ends in its header");
  }
  type_ = number<std::uint16_t>(header, 16);
  file_.machine = number<std::uint16_t>(header, 18);
  segments_at_ = word(header, file_.is_64bit ? 32 : 28);
  file_.flags = number<std::uint32_t>(header, file_.is_64bit ? 48 : 36);
  segment_size_ = number<std::uint16_t>(header, file_.is_64bit ? 54 : 42);
  segment_count_ = number<std::uint16_t>(header, file_.is_64bit ? 56 : 44);
  return type_ == ET_EXEC || type_ == ET_DYN;
}

base::Result<void> Parser::read_segments() {
  const std::size_t size = file_.is_64bit ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  if (segment_count_ == 0) {
    return {};
  }
  if (segment_size_ != size) {
    return broken("odd size of program headers");
  }
  std::vector<std::byte> table(size * segment_count_);
  if (!read(segments_at_, table)) {
    return broken("it ends in its program headers");
  }
  for (std::size_t at = 0; at < table.size(); at += size) {
    const auto row = std::span<const std::byte>(table).subspan(at, size);
    segments_.push_back({.type = number<std::uint32_t>(row, 0),
                         .offset = word(row, file_.is_64bit ? 8 : 4),
                         .address = word(row, file_.is_64bit ? 16 : 8),
                         .file_size = word(row, file_.is_64bit ? 32 : 16),
                         .alignment = word(row, file_.is_64bit ? 48 : 28)});
  }
  return {};
}

base::Result<std::string> Parser::string_at(std::uint64_t offset, std::uint64_t limit) const {
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(limit, kMaxString)), '\0');
  text.resize(read_at_(offset, std::as_writable_bytes(std::span(text))));
  const auto end = text.find('\0');
  if (end == std::string::npos) {
    return broken("a string has no end");
  }
  text.resize(end);
  return text;
}

std::optional<std::uint64_t> Parser::file_offset(std::uint64_t address) const {
  for (const Segment& segment : segments_) {
    if (segment.type == PT_LOAD && address >= segment.address &&
        address - segment.address < segment.file_size &&
        segment.offset <= std::numeric_limits<std::uint64_t>::max() - segment.file_size) {
      return segment.offset + (address - segment.address);
    }
  }
  return std::nullopt;
}

base::Result<Parser::Dynamic> Parser::read_dynamic(const Segment& segment) const {
  const std::size_t width = file_.is_64bit ? 8 : 4;
  const auto count = std::min(segment.file_size / (2 * width), kMaxDynamicEntries);
  std::vector<std::byte> table(static_cast<std::size_t>(count) * 2 * width);
  table.resize(read_at_(segment.offset, table));
  Dynamic dynamic;
  for (std::size_t at = 0;; at += 2 * width) {
    if (at + 2 * width > table.size()) {
      return broken("its dynamic section has no end");
    }
    const auto value = word(table, at + width);
    switch (word(table, at)) {
      case DT_NULL:
        return dynamic;
      case DT_NEEDED:
        dynamic.needed.push_back(value);
        break;
      case DT_SONAME:
        dynamic.soname = value;
        break;
      case DT_RPATH:
        dynamic.rpath = value;
        break;
      case DT_RUNPATH:
        dynamic.runpath = value;
        break;
      case DT_STRTAB:
        dynamic.strings = value;
        break;
      case DT_STRSZ:
        dynamic.strings_size = value;
        break;
      case DT_FLAGS_1:
        dynamic.flags_1 = value;
        break;
      default:
        break;
    }
  }
}

base::Result<void> Parser::apply(const Dynamic& dynamic) {
  constexpr std::uint64_t kPie = 0x08000000;
  file_.is_dynamic = true;
  file_.ignores_defaults = (dynamic.flags_1 & DF_1_NODEFLIB) != 0;
  file_.is_program = file_.is_program || (dynamic.flags_1 & kPie) != 0;
  const auto strings = dynamic.strings ? file_offset(*dynamic.strings) : std::nullopt;
  const auto text = [&](std::uint64_t index) -> base::Result<std::string> {
    if (!strings || index >= dynamic.strings_size ||
        index > std::numeric_limits<std::uint64_t>::max() - *strings) {
      return broken("a string lies outside of its string table");
    }
    return string_at(*strings + index, dynamic.strings_size - index);
  };
  for (const auto index : dynamic.needed) {
    GANTRY_TRY(auto name, text(index));
    file_.needed.push_back(std::move(name));
  }
  if (dynamic.soname) {
    GANTRY_TRY(file_.soname, text(*dynamic.soname));
  }
  if (dynamic.rpath) {
    GANTRY_TRY(file_.rpath, text(*dynamic.rpath));
  }
  if (dynamic.runpath) {
    GANTRY_TRY(file_.runpath, text(*dynamic.runpath));
  }
  return {};
}

/// Notes are there for those who look for them: what is wrong with one is no fault of the program.
void Parser::read_notes(const Segment& segment) {
  constexpr std::size_t kHeader = sizeof(Elf64_Nhdr);
  const std::size_t alignment = segment.alignment == 8 ? 8 : 4;
  const auto padded = [&](std::size_t size) {
    return (size + alignment - 1) / alignment * alignment;
  };
  std::vector<std::byte> notes(static_cast<std::size_t>(std::min(segment.file_size, kMaxNotes)));
  notes.resize(read_at_(segment.offset, notes));
  for (auto rest = std::span<const std::byte>(notes); rest.size() >= kHeader;) {
    const std::size_t name_size = number<std::uint32_t>(rest, 0);
    const std::size_t size = number<std::uint32_t>(rest, 4);
    const auto content_at = padded(kHeader + name_size);
    if (content_at + size > rest.size()) {
      return;
    }
    const auto text = std::string_view(reinterpret_cast<const char*>(rest.data()), rest.size());
    if (number<std::uint32_t>(rest, 8) == kDlopenNote &&
        text.substr(kHeader, name_size) == kDlopenNoteOwner) {
      for (auto& names : required_by_dlopen_note(text.substr(content_at, size))) {
        file_.opened.push_back(std::move(names));
      }
    }
    rest = rest.subspan(std::min(padded(content_at + size), rest.size()));
  }
}

base::Result<std::optional<ElfFile>> Parser::parse() {
  GANTRY_TRY(const bool is_loadable, read_header());
  if (!is_loadable) {
    return std::optional<ElfFile>();
  }
  GANTRY_CHECK(read_segments());
  file_.is_program = type_ == ET_EXEC;
  for (const Segment& segment : segments_) {
    if (segment.type == PT_INTERP) {
      GANTRY_TRY(file_.interpreter, string_at(segment.offset, segment.file_size));
      file_.is_program = true;
    } else if (segment.type == PT_NOTE) {
      read_notes(segment);
    }
  }
  const auto dynamic = std::find_if(segments_.begin(), segments_.end(), [](const Segment& segment) {
    return segment.type == PT_DYNAMIC;
  });
  // A file of debug symbols keeps the headers of what was cut off.
  if (dynamic != segments_.end() && dynamic->file_size != 0) {
    GANTRY_TRY(const auto read, read_dynamic(*dynamic));
    GANTRY_CHECK(apply(read));
  }
  return std::optional(std::move(file_));
}

}  // namespace

base::Result<std::optional<ElfFile>> parse_elf(std::span<const std::byte> bytes) {
  const ReadAt read_at = [bytes](std::uint64_t offset, std::span<std::byte> into) {
    if (offset >= bytes.size()) {
      return std::size_t{0};
    }
    const auto available = bytes.subspan(static_cast<std::size_t>(offset));
    const auto count = std::min(into.size(), available.size());
    std::copy_n(available.begin(), count, into.begin());
    return count;
  };
  return Parser(read_at).parse();
}

base::Result<std::optional<ElfFile>> read_elf(const std::filesystem::path& path,
                                              std::uint64_t offset) {
  GANTRY_TRY(const base::Fd fd, base::open_file(path, O_RDONLY));
  const ReadAt read_at = [&](std::uint64_t at, std::span<std::byte> into) {
    constexpr auto kLimit = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
    std::size_t done = 0;
    while (done < into.size() && at <= kLimit - offset && at + offset <= kLimit - done) {
      const auto count = pread(fd.get(), into.data() + done, into.size() - done,
                               static_cast<off_t>(offset + at + done));
      if (count <= 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    return done;
  };
  auto parsed = Parser(read_at).parse();
  if (!parsed) {
    parsed.error().where = path.native();
  }
  return parsed;
}

}  // namespace gantry::content
