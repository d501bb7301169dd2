#include "vm/agent/init_account.hpp"

#include <algorithm>
#include <charconv>

namespace gantry::vm::init {

namespace {

using Fields = std::vector<std::string_view>;

Fields split(std::string_view text, char separator) {
  Fields parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [last, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || last != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// The first line with this text in this field.
std::optional<Fields> find_line(std::string_view text, std::size_t field, std::string_view wanted,
                                std::size_t fields) {
  for (const auto line : split(text, '\n')) {
    auto parts = split(line, ':');
    if (parts.size() >= fields && parts[field] == wanted) {
      return parts;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Account> find_account(std::string_view user, std::string_view passwd,
                                    std::string_view group) {
  const auto colon = user.find(':');
  const auto name = colon == 0 || user.empty() ? "0" : user.substr(0, colon);
  const auto wanted_group = colon == std::string_view::npos ? "" : user.substr(colon + 1);
  Account account;
  auto line = find_line(passwd, 0, name, 7);
  if (!line) {
    line = find_line(passwd, 2, name, 7);
  }
  const auto uid = number(line ? (*line)[2] : name);
  if (!uid) {
    return std::nullopt;
  }
  account.uid = *uid;
  if (line) {
    account.gid = number((*line)[3]).value_or(0);
    account.home = (*line)[5].empty() ? "/" : std::string((*line)[5]);
  }
  if (!wanted_group.empty()) {
    const auto group_line = find_line(group, 0, wanted_group, 3);
    const auto gid = number(group_line ? (*group_line)[2] : wanted_group);
    if (!gid) {
      return std::nullopt;
    }
    account.gid = *gid;
    return account;
  }
  for (const auto text : split(group, '\n')) {
    const auto parts = split(text, ':');
    const auto gid = parts.size() >= 4 ? number(parts[2]) : std::nullopt;
    if (gid && line) {
      const auto members = split(parts[3], ',');
      if (std::find(members.begin(), members.end(), (*line)[0]) != members.end()) {
        account.groups.push_back(*gid);
      }
    }
  }
  return account;
}

}  // namespace gantry::vm::init
