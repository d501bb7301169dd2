#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "runtime/account.hpp"
#include "runtime/isolation.hpp"
#include "runtime/supervisor.hpp"

namespace gantry::runtime {

/// A program inside a root directory.
struct Program {
  std::vector<std::string> arguments;    ///< the program first: a path, or a name found on PATH
  std::vector<std::string> environment;  ///< "NAME=value"; nothing is added
  std::string directory = "/";           ///< made if absent
  Account account;
  std::string hostname = "gantry";
};

/// Runs the program with root as its root directory, as its own first process's child: that first
/// process passes signals on, reaps orphans, and takes all that still runs with it when the program
/// ends or when we die. As Docker and shells do, a program that cannot be found ends with 127 and
/// one that cannot be executed with 126, and standard error says why. An Error means that the
/// sandbox itself could not be made.
///
/// In kUserNamespace the account is the only user there is: files of all owners appear as its own,
/// and it cannot become another. No other thread of ours may run meanwhile.
base::Result<Outcome> run_in_sandbox(const std::filesystem::path& root, const Program& program,
                                     Isolation isolation, const Supervision& supervision);

}  // namespace gantry::runtime
