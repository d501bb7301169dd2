#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "oci/config.hpp"
#include "oci/manifest.hpp"

namespace {

/// What was read must be written as text that is read as the same again.
template <class Parse>
void check(std::string_view text, Parse parse) {
  const auto value = parse(text, "fuzz");
  if (!value) {
    return;
  }
  const auto again = parse(gantry::oci::to_json(*value), "fuzz");
  if (!again || !(*again == *value)) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text, gantry::oci::parse_manifest);
  check(text, gantry::oci::parse_index);
  check(text, gantry::oci::parse_config);
  return 0;
}
