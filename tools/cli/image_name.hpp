#pragma once

#include <string>
#include <string_view>

#include "oci/image.hpp"

namespace gantry::cli {

/// What to call an image that a reference leads to: its title, else the file's or directory's name.
std::string image_name(std::string_view reference, const oci::Image& image);

}  // namespace gantry::cli
