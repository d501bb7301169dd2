#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::vm {

/// A thing to do in a guest on its way to a checkpoint.
struct Step {
  enum class Kind {
    kConsole,  ///< a ConsoleScript
    kAgent,    ///< a shell script that the agent runs
    kCopy,     ///< a file for the guest
  };
  Kind kind = Kind::kConsole;
  std::filesystem::path file;
  std::string destination;  ///< of kCopy: a path in the guest
};

/// How a checkpoint is made.
struct CheckpointSpec {
  std::string name;
  std::filesystem::path guest;   ///< description of the guest to boot (parse_guest), or
  std::filesystem::path parent;  ///< the file that names the key of the checkpoint to go on from
  std::string ready;             ///< a regular expression for the console; empty: at once
  std::vector<Step> steps;
  std::chrono::seconds timeout{300};  ///< of boot and of each step
  std::filesystem::path store;
};

/// Reads the line "gantry-checkpoint 1", then one "key value" a line. Errors name the line.
base::Result<CheckpointSpec> parse_checkpoint_spec(std::string_view text, const std::string& where);

}  // namespace gantry::vm
