#include "cli/standard_output.hpp"

#include <span>

#include <unistd.h>

#include "base/file.hpp"

namespace gantry::cli {

base::Result<void> print(std::string_view text) {
  return base::write_all(STDOUT_FILENO, std::as_bytes(std::span(text)), "standard output");
}

}  // namespace gantry::cli
