#pragma once

#include <string_view>

#include "registry/http.hpp"

namespace gantry::registry {

/// Where a list goes on: the URL of Link: <URL>; rel="next" (RFC 8288), as it stands there; empty
/// if it has ended.
std::string_view next_page(const HttpResponse& response);

}  // namespace gantry::registry
