#pragma once

#include <string>

namespace gantry::registry {

struct HttpResponse;

/// The code of the first error in an answer (distribution-spec, error codes): "NAME_UNKNOWN". Empty
/// if it has none. Bounded and printable.
std::string error_code(const HttpResponse& response);

/// What a registry or a token service says about its refusal, for an Error: from the forms of JSON
/// that they use, or the first line of a plain text. Bounded and printable; empty if it says
/// nothing.
std::string server_message(const HttpResponse& response);

}  // namespace gantry::registry
