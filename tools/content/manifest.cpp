#include "content/manifest.hpp"

#include <charconv>
#include <iterator>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFirstLine = "gantry-manifest 1";
/// In the order of EntryType.
constexpr std::string_view kTypes = "fdlhcbpwo";

bool is_device(EntryType type) {
  return type == EntryType::kCharDevice || type == EntryType::kBlockDevice;
}

bool is_link(EntryType type) {
  return type == EntryType::kSymlink || type == EntryType::kHardLink;
}

/// What a source under root begins with.
std::string prefix_of(const fs::path& root) {
  std::string prefix = root.native();
  while (prefix.ends_with('/')) {
    prefix.pop_back();
  }
  return root.empty() ? prefix : prefix + '/';
}

void append_escaped(std::string& text, std::string_view value, bool escape_equals = false) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '\\' || (escape_equals && c == '=')) {
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", byte);
    } else {
      text += c;
    }
  }
}

void append_source(std::string& text, const Entry& entry, std::string_view prefix) {
  const std::string source = entry.source.path();
  if (source.empty()) {
    text += '-';
    return;
  }
  const auto below = !prefix.empty() && source.starts_with(prefix)
                         ? std::string_view(source).substr(prefix.size())
                         : std::string_view();
  if (below == entry.path && !below.empty()) {
    text += '.';
  } else if (is_clean_path(below)) {
    text += "./";
    append_escaped(text, below);
  } else {
    text += '=';
    append_escaped(text, source);
  }
}

void append_entry(std::string& text, const Entry& entry, std::string_view prefix) {
  fmt::format_to(std::back_inserter(text), "{}\t{:o}\t{}\t{}\t{}\t{}\t",
                 kTypes[static_cast<std::size_t>(entry.type)], entry.mode, entry.uid, entry.gid,
                 entry.mtime, entry.size);
  text += entry.identity.empty() ? "-" : entry.identity.text();
  if (is_device(entry.type)) {
    fmt::format_to(std::back_inserter(text), "\t{}:{}\t", entry.device_major, entry.device_minor);
  } else {
    text += "\t-\t";
  }
  append_source(text, entry, prefix);
  text += '\t';
  append_escaped(text, entry.path);
  if (is_link(entry.type)) {
    text += "\t>";
    append_escaped(text, entry.link_target);
  }
  if (entry.source_offset != 0) {
    fmt::format_to(std::back_inserter(text), "\t+{}", entry.source_offset);
  }
  for (const auto& [name, value] : entry.xattrs) {
    text += "\t@";
    append_escaped(text, name, true);
    text += '=';
    for (const char c : value) {
      fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
    }
  }
  text += '\n';
}

/// Reads one line, field by field; what is wrong with the first bad one is kept in problem.
class LineReader {
 public:
  LineReader(std::string_view line, const base::SharedString& prefix)
      : rest_(line), prefix_(prefix) {}

  /// The entry, or nothing: then problem() says why.
  bool read(Entry& entry) {
    return read_type(entry) && number("mode", entry.mode, 07777, 8) && number("uid", entry.uid) &&
           number("gid", entry.gid) && number("mtime", entry.mtime) && number("size", entry.size) &&
           read_identity(entry) && read_device(entry) && read_names(entry) && read_options(entry) &&
           check(entry);
  }

  std::string_view problem() const { return problem_; }

 private:
  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool field(std::string_view& value) {
    if (ended_) {
      return fail("the line ends too early");
    }
    const auto tab = rest_.find('\t');
    value = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    rest_.remove_prefix(ended_ ? rest_.size() : tab + 1);
    return true;
  }

  template <class Number>
  bool number_in(std::string_view name, std::string_view text, Number& value,
                 std::type_identity_t<Number> limit = std::numeric_limits<Number>::max(),
                 int radix = 10) {
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), value, radix);
    if (failure != std::errc() || end != text.data() + text.size() || value > limit) {
      return fail(fmt::format("'{}' is no {}", base::printable(text), name));
    }
    return true;
  }

  template <class Number>
  bool number(std::string_view name, Number& value,
              std::type_identity_t<Number> limit = std::numeric_limits<Number>::max(),
              int radix = 10) {
    std::string_view text;
    return field(text) && number_in(name, text, value, limit, radix);
  }

  template <class Text>
  bool unescape(std::string_view text, Text& value) {
    const auto first = text.find('\\');
    if (first == std::string_view::npos) {
      value = text;
      return true;
    }
    std::string plain(text.substr(0, first));
    for (std::size_t i = first; i < text.size(); ++i) {
      if (text[i] != '\\') {
        plain += text[i];
        continue;
      }
      const auto byte =
          text.substr(i).starts_with("\\x") ? base::from_hex(text.substr(i + 2, 2)) : std::nullopt;
      if (!byte || byte->size() != 1) {
        return fail("a backslash does not begin \\xNN");
      }
      plain += static_cast<char>(byte->front());
      i += 3;
    }
    value = plain;
    return true;
  }

  bool read_type(Entry& entry) {
    std::string_view text;
    if (!field(text)) {
      return false;
    }
    const auto index = text.size() == 1 ? kTypes.find(text.front()) : std::string_view::npos;
    if (index == std::string_view::npos) {
      return fail(fmt::format("'{}' is no type of entry", base::printable(text)));
    }
    entry.type = static_cast<EntryType>(index);
    return true;
  }

  bool read_identity(Entry& entry) {
    std::string_view text;
    if (!field(text)) {
      return false;
    }
    const auto identity = text == "-" ? Identity() : Identity::parse(text);
    if (!identity) {
      return fail(fmt::format("'{}' is no identity", base::printable(text)));
    }
    entry.identity = *identity;
    return true;
  }

  bool read_device(Entry& entry) {
    std::string_view text;
    if (!field(text)) {
      return false;
    }
    if (!is_device(entry.type)) {
      return text == "-" || fail("only a device has a device number");
    }
    const auto colon = text.find(':');
    return colon == std::string_view::npos
               ? fail("a device has no device number")
               : number_in("device number", text.substr(0, colon), entry.device_major) &&
                     number_in("device number", text.substr(colon + 1), entry.device_minor);
  }

  bool read_names(Entry& entry) {
    std::string_view source;
    std::string_view path;
    if (!field(source) || !field(path) || !unescape(path, entry.path)) {
      return false;
    }
    if (source == "-") {
      return true;
    }
    if (source == ".") {
      entry.source = Source(prefix_, entry.path);
      return true;
    }
    std::string path_of_source;
    if (source.starts_with('=')) {
      if (!unescape(source.substr(1), path_of_source)) {
        return false;
      }
      entry.source = path_of_source;
      return true;
    }
    if (!source.starts_with("./") || !unescape(source.substr(2), path_of_source)) {
      return fail(fmt::format("'{}' is no source", base::printable(source)));
    }
    entry.source = Source(prefix_, path_of_source);
    return is_clean_path(path_of_source) || fail("the source leaves its root");
  }

  bool read_options(Entry& entry) {
    bool has_target = false;
    while (!ended_) {
      std::string_view text;
      if (!field(text)) {
        return false;
      }
      const char kind = text.empty() ? '\0' : text.front();
      if (kind == '>' && is_link(entry.type) && !has_target) {
        has_target = true;
        if (!unescape(text.substr(1), entry.link_target)) {
          return false;
        }
      } else if (kind == '+') {
        if (!number_in("offset", text.substr(1), entry.source_offset)) {
          return false;
        }
      } else if (kind != '@' || !read_xattr(text.substr(1), entry)) {
        return !problem_.empty() ? false
                                 : fail(fmt::format("unknown field '{}'", base::printable(text)));
      }
    }
    return has_target || !is_link(entry.type) || fail("a link has no target");
  }

  bool read_xattr(std::string_view text, Entry& entry) {
    const auto equals = text.find('=');
    std::string name;
    if (equals == std::string_view::npos || !unescape(text.substr(0, equals), name)) {
      return fail("an extended attribute has no value");
    }
    const auto value = base::from_hex(text.substr(equals + 1));
    if (!value) {
      return fail("the value of an extended attribute is not hexadecimal");
    }
    if (!entry.xattrs.empty() && entry.xattrs.back().first >= name) {
      return fail("extended attributes are not sorted");
    }
    entry.xattrs.emplace_back(std::move(name), std::string(value->begin(), value->end()));
    return true;
  }

  bool check(const Entry& entry) {
    const bool is_root = entry.path.empty() && entry.type == EntryType::kOpaqueWhiteout;
    if (!is_root && !is_clean_path(entry.path)) {
      return fail(fmt::format("'{}' is no path of an entry", base::printable(entry.path)));
    }
    if (entry.type == EntryType::kHardLink && !is_clean_path(entry.link_target)) {
      return fail(fmt::format("a hard link leads to '{}'", base::printable(entry.link_target)));
    }
    if (entry.type != EntryType::kFile && entry.size != 0) {
      return fail("only a file has a size");
    }
    const bool has_nul = entry.source.path().find('\0') != std::string::npos ||
                         entry.link_target.find('\0') != std::string::npos;
    return !has_nul || fail("a name holds a zero byte");
  }

  std::string_view rest_;
  const base::SharedString& prefix_;
  bool ended_ = false;
  std::string problem_;
};

}  // namespace

ManifestWriter::ManifestWriter(const fs::path& root)
    : prefix_(prefix_of(root)), pending_(fmt::format("{}\n", kFirstLine)) {}

void ManifestWriter::add(const Entry& entry) {
  append_entry(pending_, entry, prefix_);
}

std::string ManifestWriter::take() {
  std::string text;
  text.swap(pending_);
  return text;
}

std::string write_manifest(const Tree& tree, const fs::path& root) {
  ManifestWriter writer(root);
  for (const Entry& entry : tree) {
    writer.add(entry);
  }
  return writer.take();
}

base::Result<Tree> parse_manifest(std::string_view text, const fs::path& root,
                                  std::string_view where) {
  const base::SharedString prefix = prefix_of(root);
  Tree tree;
  for (std::size_t number = 1; !text.empty() || number == 1; ++number) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto error = [&](std::string_view what) {
      return base::Error{std::string(what), fmt::format("{}:{}", where, number), ""};
    };
    if (end == std::string_view::npos) {
      return error(text.empty() ? "the manifest is empty" : "the last line is not complete");
    }
    text.remove_prefix(end + 1);
    if (number == 1) {
      if (line != kFirstLine) {
        return error(fmt::format("this is no manifest: its first line is not '{}'", kFirstLine));
      }
      continue;
    }
    Entry entry;
    LineReader reader(line, prefix);
    if (!reader.read(entry)) {
      return error(reader.problem());
    }
    if (!tree.empty() && !entry_less(tree.back(), entry)) {
      return error(fmt::format("'{}' does not come after '{}'", base::printable(entry.path),
                               base::printable(tree.back().path)));
    }
    tree.push_back(std::move(entry));
  }
  return tree;
}

}  // namespace gantry::content
