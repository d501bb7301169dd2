#include "cli/warning.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::cli {

void print_warning(const base::Error& warning) {
  fmt::print(stderr, "gantry: warning: {}{}{}\n", warning.where, warning.where.empty() ? "" : ": ",
             warning.what);
}

void warn_of_unsafe_names(const base::Depfile& depfile) {
  for (const auto& path : depfile.unsafe) {
    print_warning({fmt::format("a change of '{}' is seen only by the time of its directory: its "
                               "name cannot stand in a dependency file",
                               base::printable(path.native())),
                   "", ""});
  }
}

}  // namespace gantry::cli
