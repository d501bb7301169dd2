#pragma once

#include "base/depfile.hpp"
#include "base/result.hpp"

namespace gantry::cli {

/// On standard error, as "gantry: warning: …".
void print_warning(const base::Error& warning);

/// Names the inputs that the dependency file could not name.
void warn_of_unsafe_names(const base::Depfile& depfile);

}  // namespace gantry::cli
