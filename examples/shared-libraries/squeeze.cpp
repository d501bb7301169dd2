#include "squeeze.hpp"

#include <vector>

#include <zlib.h>

std::size_t squeezed_size(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::vector<Bytef> out(size);
  compress(out.data(), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
  return size;
}

std::string squeezer() {
  return std::string("zlib ") + zlibVersion();
}
