#pragma once

#include "manual/pages.hpp"

namespace gantry::cli {

/// What gantry's manual page says besides its commands.
manual::Program program_facts();

}  // namespace gantry::cli
