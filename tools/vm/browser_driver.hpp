#pragma once

#include <string_view>

namespace gantry::vm {

/// The program for Node that runs a script in a browser: browser/driver.mjs.
std::string_view browser_driver();

}  // namespace gantry::vm
