#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::vm {

/// The Error of an answer that is none to what was asked for.
base::Error nonsense_while(std::string_view doing);

/// What a message may say of something that is as long as anyone likes.
std::string shortened(std::string_view text);

/// An Error if no frame can hold a body.
base::Result<void> check_length(const std::string& body, std::string_view what);

}  // namespace gantry::vm
