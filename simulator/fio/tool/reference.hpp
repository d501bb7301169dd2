#pragma once

#include <string>

namespace CLI {
class App;
}

namespace gantry::fio {

/// The page of the reference (docs/reference/fio.md) that says what --help says.
std::string markdown_reference(const CLI::App& app);

}  // namespace gantry::fio
