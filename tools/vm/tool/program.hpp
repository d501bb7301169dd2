#pragma once

#include "manual/pages.hpp"

namespace gantry::vm {

/// What the manual page of gantry vm says besides its commands.
manual::Program program_facts();

}  // namespace gantry::vm
