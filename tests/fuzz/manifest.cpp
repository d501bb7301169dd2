#include "content/manifest.hpp"

#include <cstdint>
#include <cstdlib>

/// What parses must survive a round trip unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace content = gantry::content;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tree = content::parse_manifest(text, "/root", "fuzz")) {
    const auto again =
        content::parse_manifest(content::write_manifest(*tree, "/root"), "/root", "fuzz");
    if (!again || *again != *tree) {
      std::abort();
    }
  }
  return 0;
}
