#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::vm::init {

/// As whom the image's program runs.
struct Account {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  ///< supplementary
  std::string home = "/";
};

/// "user", "uid", "user:group" or any mix, by the text of /etc/passwd and /etc/group. Empty is
/// root. A number needs no line in either; nothing for a name without one.
std::optional<Account> find_account(std::string_view user, std::string_view passwd,
                                    std::string_view group);

}  // namespace gantry::vm::init
