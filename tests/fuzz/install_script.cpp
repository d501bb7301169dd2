#include "content/install_script.hpp"

#include <cstdint>
#include <cstdlib>

/// Any text gives rules, and only absolute sources.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace content = gantry::content;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* const config : {"", "Release"}) {
    const auto rules =
        content::read_install_rules(text, "runtime", config, {{"CMAKE_CURRENT_LIST_DIR", "/here"}});
    for (const auto& source : rules.sources) {
      if (!source.path.is_absolute()) {
        std::abort();
      }
    }
  }
  return 0;
}
