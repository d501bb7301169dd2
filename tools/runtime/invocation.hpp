#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/config.hpp"
#include "runtime/sandbox.hpp"

namespace gantry::runtime {

/// What a person may say when an image is run, with the meaning that `docker run` gives it.
struct Invocation {
  std::vector<std::string> arguments;     ///< not empty: instead of the image's cmd
  std::optional<std::string> entrypoint;  ///< instead of the image's, whose cmd goes, too; "": none
  std::vector<std::string> environment;   ///< "NAME=value" or "NAME" (as it is here, if it is)
  std::string user;                       ///< not empty: instead of the image's
  std::string directory;                  ///< not empty: instead of the image's
};

/// The program and its arguments. An image without entrypoint and cmd that is given no arguments is
/// an error.
base::Result<std::vector<std::string>> program_arguments(const oci::Config& config,
                                                         const Invocation& invocation);

/// The program that an image runs. passwd and group are the text of the image's files (empty: it
/// has none), name is the image's, for the host name.
base::Result<Program> make_program(const oci::Config& config, const Invocation& invocation,
                                   std::string_view passwd, std::string_view group,
                                   std::string_view name);

}  // namespace gantry::runtime
