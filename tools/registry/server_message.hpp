#pragma once

#include <string>

namespace gantry::registry {

struct HttpResponse;

/// What a registry or a token service says about its refusal, for an Error: from the forms of JSON
/// that they use, or the first line of a plain text. Bounded and printable; empty if it says
/// nothing.
std::string server_message(const HttpResponse& response);

}  // namespace gantry::registry
