#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::runtime {

/// As whom a program runs inside an image.
struct Account {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  ///< supplementary
  std::string home = "/";
};

/// Finds "user", "uid", "user:group" or any mix, as Docker's USER has it, in the text of the
/// image's /etc/passwd and /etc/group (empty when it has none). Empty is root. A number needs no
/// line in either; a name without one is an error that names the nearest. Lines that are not
/// well-formed are passed over, as the C library does.
base::Result<Account> find_account(std::string_view user, std::string_view passwd,
                                   std::string_view group);

}  // namespace gantry::runtime
