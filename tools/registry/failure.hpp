#pragma once

#include <string_view>

#include "base/result.hpp"
#include "registry/session.hpp"

namespace gantry::registry {

/// The Error of a step that the registry has refused: "PUT manifests/1.2: registry.example answers
/// 404: NAME_UNKNOWN: ...", with a hint for the common causes. step names it, repository where.
base::Error failure(const Answer& answer, const Endpoint& registry, std::string_view repository,
                    std::string_view step);

}  // namespace gantry::registry
