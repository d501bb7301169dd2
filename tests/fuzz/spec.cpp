#include "oci/spec.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "oci/healthcheck.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto spec = gantry::oci::parse_spec(text, "fuzz")) {
    (void)gantry::oci::parse_healthcheck(spec->healthcheck);
  }
  return 0;
}
