#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// A checkpoint as it travels: nothing in it is of this machine alone.
struct PortableCheckpoint {
  std::string json;                 ///< inputs of the store are "input:NAME" in it
  std::vector<std::string> inputs;  ///< their names, sorted
};

/// Whether this is the name of an input of a store: 64 hexadecimal digits in lower case.
bool is_input_name(std::string_view text);

/// store is the directory that the checkpoint's paths lead to. An Error if it needs files of this
/// machine that are no inputs of the store.
base::Result<PortableCheckpoint> make_portable(const Checkpoint& checkpoint,
                                               const std::filesystem::path& store);

/// A checkpoint that has come from elsewhere, for a store. Hostile input: an Error if it is not of
/// the platform that is here, names files of this machine, or has parts of a command line that let
/// QEMU do more than run a guest.
base::Result<Checkpoint> localize(std::string_view json, const std::filesystem::path& store,
                                  const Platform& here, const std::string& where);

}  // namespace gantry::vm
