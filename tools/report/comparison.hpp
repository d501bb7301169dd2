#pragma once

#include <string>

#include "report/run.hpp"

namespace gantry::report {

/// The page of several runs beside each other.
std::string comparison_html(const RunDocument& document);

}  // namespace gantry::report
