#include "oci/pax.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

constexpr std::string_view kXattrPrefix = "SCHILY.xattr.";
constexpr std::size_t kMaxXattrs = 1024;
constexpr std::size_t kMaxXattrTotal = std::size_t{1} << 20;
constexpr std::size_t kMaxXattrName = 255;                     // XATTR_NAME_MAX
constexpr std::size_t kMaxXattrValue = std::size_t{64} << 10;  // XATTR_SIZE_MAX

base::Error bad_record(std::string_view key) {
  return {fmt::format("an extended tar header has a bad '{}' record", base::printable(key)), "",
          ""};
}

/// Takes one record off body.
base::Result<std::pair<std::string_view, std::string_view>> next_record(std::string_view& body) {
  const base::Error error{"an extended tar header is not well-formed", "", ""};
  const auto blank = body.substr(0, 20).find(' ');
  if (blank == std::string_view::npos) {
    return error;
  }
  const auto length = base::parse_unsigned(body.substr(0, blank));
  if (!length || *length > body.size() || *length < blank + 3 || body[*length - 1] != '\n') {
    return error;
  }
  const auto record = body.substr(blank + 1, *length - blank - 2);
  body.remove_prefix(*length);
  const auto equals = record.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return error;
  }
  return std::pair{record.substr(0, equals), record.substr(equals + 1)};
}

/// "12", "-12.5": whole seconds, towards the past.
std::optional<std::int64_t> parse_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  const auto point = text.find('.');
  const auto fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  const auto seconds = base::parse_unsigned(text.substr(0, point));
  const bool digits_only = fraction.find_first_not_of("0123456789") == std::string_view::npos;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max() - 1;
  if (!seconds || !digits_only || *seconds > kMax) {
    return std::nullopt;
  }
  const auto whole = static_cast<std::int64_t>(*seconds);
  if (!negative) {
    return whole;
  }
  const bool exact = fraction.find_first_not_of('0') == std::string_view::npos;
  return exact ? -whole : -whole - 1;
}

template <class T, class Parse>
bool set(std::optional<T>& target, std::string_view value, Parse parse) {
  if (value.empty()) {
    target.reset();
    return true;
  }
  target = parse(value);
  return target.has_value();
}

std::optional<std::string> parse_name(std::string_view value) {
  return value.find('\0') == std::string_view::npos ? std::optional<std::string>(value)
                                                    : std::nullopt;
}

bool set_xattr(PaxRecords& records, std::string_view name, std::string_view value) {
  if (name.empty() || name.size() > kMaxXattrName || name.find('\0') != std::string_view::npos ||
      value.size() > kMaxXattrValue) {
    return false;
  }
  records.xattrs.insert_or_assign(std::string(name), std::string(value));
  return records.xattrs.size() <= kMaxXattrs;
}

bool apply(PaxRecords& records, std::string_view key, std::string_view value) {
  const auto number = [](std::string_view text) { return base::parse_unsigned(text); };
  if (key == "path") {
    return set(records.path, value, parse_name);
  }
  if (key == "linkpath") {
    return set(records.link_path, value, parse_name);
  }
  if (key == "size") {
    return set(records.size, value, number);
  }
  if (key == "mtime") {
    return set(records.mtime, value, parse_time);
  }
  if (key == "uid") {
    return set(records.uid, value, number);
  }
  if (key == "gid") {
    return set(records.gid, value, number);
  }
  if (key.starts_with(kXattrPrefix)) {
    return set_xattr(records, key.substr(kXattrPrefix.size()), value);
  }
  if (key.starts_with("GNU.sparse.") || key == "SCHILY.realsize") {
    records.sparse = true;
    if (key == "GNU.sparse.name") {
      records.sparse_name = value;
    }
  }
  return true;
}

}  // namespace

base::Result<PaxRecords> parse_pax(std::string_view body, PaxRecords known) {
  while (!body.empty()) {
    GANTRY_TRY(const auto record, next_record(body));
    if (!apply(known, record.first, record.second)) {
      return bad_record(record.first);
    }
  }
  std::size_t total = 0;
  for (const auto& [name, value] : known.xattrs) {
    total += name.size() + value.size();
  }
  if (total > kMaxXattrTotal) {
    return base::Error{
        fmt::format("the xattrs of a tar entry are longer than {} bytes", kMaxXattrTotal), "", ""};
  }
  return known;
}

}  // namespace gantry::oci
