#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::base {

/// A program to run to its end. No shell is involved.
struct Command {
  std::vector<std::string> arguments;  ///< the program (a path, or a name found on PATH) first
  std::map<std::string, std::string> environment = {};  ///< added to, or replacing, what we have
  std::filesystem::path directory = {};                 ///< empty: ours
  std::string input = {};                               ///< its standard input; empty: /dev/null
  enum class Output { kCapture, kInherit };
  Output output = Output::kCapture;
  std::optional<unsigned> umask = std::nullopt;  ///< of the program; empty: ours
  std::chrono::milliseconds timeout{0};          ///< then it is killed, which is an Error; 0: none
};

struct Finished {
  int exit_code = 0;  ///< 128 + the signal's number if a signal ended it
  std::string out;    ///< standard output, if captured
  std::string err;    ///< standard error, if captured
};

/// Runs it and waits. An Error means that it could not be started; a non-zero exit is not an Error.
Result<Finished> run(const Command& command);

/// As run, but a non-zero exit is an Error that quotes the end of its standard error.
Result<Finished> run_checked(const Command& command);

/// The path of a program on PATH.
std::optional<std::filesystem::path> find_program(std::string_view name);

/// The command as a person would type it in a POSIX shell.
std::string shell_quoted(const std::vector<std::string>& arguments);

}  // namespace gantry::base
