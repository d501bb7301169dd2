#pragma once

#include <string>

namespace gantry::config {

/// The JSON schema (draft 2020-12) of a description, from the same table of keys that read() uses.
/// It knows types, units, names and the ranges of integers; what depends on several values only
/// read() tells.
std::string schema();

}  // namespace gantry::config
