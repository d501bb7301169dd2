#pragma once

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
    kCopy,     ///< a file or a directory for the guest
    kKeys,     ///< a KeysScript
    kBrowser,  ///< a module of Node that drives a browser of the host
    kSsh,      ///< a shell script that is run by SSH
  };
  Kind kind = Kind::kConsole;
  std::filesystem::path file;
  std::string destination;  ///< of kCopy: a path in the guest
};

/// "console", "agent" and so on: as it is written before the colon.
std::string_view name_of(Step::Kind kind);

/// Reads "console:FILE", "agent:FILE", "keys:FILE", "browser:FILE" or "copy:FILE=PATH", where
/// FILE may be a directory.
base::Result<Step> parse_step(std::string_view text);

/// The files of the host that it is made of; of a directory, it and all that it holds.
base::Result<std::vector<std::filesystem::path>> inputs_of(const Step& step);

}  // namespace gantry::vm
