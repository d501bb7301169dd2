#include "content/elf.hpp"

#include <cstdint>
#include <cstdlib>

/// What is read stays within bounds, and a file that needs others is dynamic.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto elf = gantry::content::parse_elf(std::as_bytes(std::span(data, size)));
  if (elf && *elf && !(*elf)->needed.empty() && !(*elf)->is_dynamic) {
    std::abort();
  }
  return 0;
}
