#pragma once

#include <cstddef>
#include <string>

/// The size of text when zlib has compressed it.
std::size_t squeezed_size(const std::string& text);

/// The version of zlib that does it.
std::string squeezer();
