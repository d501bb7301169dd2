#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/ready.hpp"
#include "vm/ssh.hpp"
#include "vm/step.hpp"

namespace gantry::vm {

/// How a checkpoint is made.
struct CheckpointSpec {
  std::string name;
  std::filesystem::path guest;   ///< description of the guest to boot (parse_guest), or
  std::filesystem::path parent;  ///< the file that names the key of the checkpoint to go on from
  std::vector<Condition> ready;  ///< all of them, before the first step
  std::vector<Step> steps;
  std::chrono::seconds timeout{300};  ///< of the conditions, and of each step
  std::filesystem::path store;
  std::string cache;           ///< HOST/REPOSITORY that machines share; empty: none
  bool cache_push = false;     ///< what was built here goes there
  std::string libvirt;         ///< URI of a daemon that boots guests; empty: none is needed
  bool record_screen = false;  ///< keeps a video of what the guest shows
  SshAccess ssh;
};

/// Reads the line "gantry-checkpoint 1", then one "key value" a line. Errors name the line.
base::Result<CheckpointSpec> parse_checkpoint_spec(std::string_view text, const std::string& where);

}  // namespace gantry::vm
