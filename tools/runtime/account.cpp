#include "runtime/account.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::runtime {

namespace {

/// The fields of the well-formed lines of passwd (7 fields) or group (4).
std::vector<std::vector<std::string_view>> records(std::string_view text, std::size_t fields) {
  std::vector<std::vector<std::string_view>> result;
  for (const auto line : base::split(text, '\n')) {
    auto record = base::split(line, ':');
    if (record.size() == fields && !record[0].empty() && line.front() != '#') {
      result.push_back(std::move(record));
    }
  }
  return result;
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  // The greatest value means "no id" to the kernel.
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*number);
}

base::Error unknown(std::string_view kind, std::string_view file, std::string_view name,
                    const std::vector<std::vector<std::string_view>>& known) {
  std::vector<std::string> names;
  for (const auto& record : known) {
    names.emplace_back(record[0]);
  }
  const auto near = base::nearest(name, names);
  return {fmt::format("the image has no {} '{}' in {}", kind, base::printable(name), file), "",
          near ? fmt::format("did you mean '{}'?", base::printable(*near)) : ""};
}

base::Result<std::uint32_t> find_group(std::string_view name,
                                       const std::vector<std::vector<std::string_view>>& groups) {
  for (const auto& record : groups) {
    if (const auto gid = parse_id(record[2]); record[0] == name && gid) {
      return *gid;
    }
  }
  if (const auto gid = parse_id(name)) {
    return *gid;
  }
  return unknown("group", "/etc/group", name, groups);
}

/// The groups that list the user as a member, and the primary one: as Docker since CVE-2022-36109,
/// since a program that drops it must not lose what is denied to it.
std::vector<std::uint32_t> memberships(std::string_view user, std::uint32_t primary,
                                       const std::vector<std::vector<std::string_view>>& groups) {
  std::vector<std::uint32_t> result = {primary};
  for (const auto& record : groups) {
    const auto members = base::split(record[3], ',');
    const auto gid = parse_id(record[2]);
    if (gid && std::find(members.begin(), members.end(), user) != members.end()) {
      result.push_back(*gid);
    }
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

}  // namespace

base::Result<Account> find_account(std::string_view user, std::string_view passwd,
                                   std::string_view group) {
  const auto users = records(passwd, 7);
  const auto groups = records(group, 4);
  const auto colon = user.find(':');
  auto name = user.substr(0, colon);
  if (name.empty()) {
    name = "0";
  }

  Account account;
  const auto number = parse_id(name);
  const auto found = std::find_if(users.begin(), users.end(), [&](const auto& record) {
    return parse_id(record[2]) && (record[0] == name || (number && parse_id(record[2]) == *number));
  });
  if (found != users.end()) {
    const auto& record = *found;
    account.uid = *parse_id(record[2]);
    account.gid = parse_id(record[3]).value_or(0);
    account.groups = memberships(record[0], account.gid, groups);
    account.home = record[5].empty() ? "/" : std::string(record[5]);
  } else if (number) {
    account.uid = *number;
    account.groups = {account.gid};
  } else {
    return unknown("user", "/etc/passwd", name, users);
  }

  if (colon != std::string_view::npos && colon + 1 < user.size()) {
    GANTRY_TRY(account.gid, find_group(user.substr(colon + 1), groups));
    account.groups = {account.gid};  // as Docker: it replaces what the user is a member of
  }
  return account;
}

}  // namespace gantry::runtime
