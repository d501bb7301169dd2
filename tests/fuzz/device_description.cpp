#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/description.hpp"
#include "config/figures.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = gantry::config::read(text);
  if (reading.description.has_value() != reading.problems.empty()) {
    std::abort();
  }
  if (reading.description) {
    // What was read is written as text that is read as the same again.
    const auto again = gantry::config::read(gantry::config::write(*reading.description));
    if (again.description != reading.description) {
      std::abort();
    }
    (void)gantry::config::figures(reading.description->parameters);
  }
  return 0;
}
