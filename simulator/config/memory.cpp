#include "config/memory.hpp"

#include <new>
#include <string>

#include <fmt/format.h>

#include "ssd/memory.hpp"
#include "ssd/wide.hpp"

namespace gantry::config {

namespace {

std::string size_text(ssd::Wide bytes) {
  const auto number = static_cast<double>(bytes);
  return number < 1e9 ? fmt::format("{:.1f} MB", number / 1e6)
                      : fmt::format("{:.1f} GB", number / 1e9);
}

struct Need {
  ssd::Wide bytes = 0;
  std::string hint;  ///< what most of it is for
};

Need need_of(const Description& description, Filling filling) {
  Need need;
  ssd::Wide most = 0;
  for (const auto& part : ssd::memory_parts(description.parameters)) {
    const auto bytes =
        ssd::Wide{part.at_once} + (filling == Filling::kAll ? part.when_full : std::uint64_t{0});
    need.bytes += bytes;
    if (bytes > most) {
      most = bytes;
      need.hint = fmt::format("{} of it are for {}: choose {}, or a smaller device",
                              size_text(bytes), part.what, part.remedy);
    }
  }
  return need;
}

}  // namespace

base::Result<void> check_memory(const Description& description, Filling filling,
                                std::uint64_t available) {
  const auto need = need_of(description, filling);
  if (need.bytes <= available) {
    return {};
  }
  return base::Error{
      fmt::format("the device takes {} of memory{}, and {} are there", size_text(need.bytes),
                  filling == Filling::kAll ? " when all of it is written" : "",
                  size_text(available)),
      description.name, need.hint};
}

base::Result<std::unique_ptr<ssd::Device>> make_device(const Description& description,
                                                       Filling filling, std::uint64_t available) {
  GANTRY_CHECK(check_memory(description, filling, available));
  try {
    return std::make_unique<ssd::Device>(description.parameters);
  } catch (const std::bad_alloc&) {
    // It cannot even be mapped: there is a limit of address space, or a strict system.
    const auto need = need_of(description, Filling::kAll);
    return base::Error{fmt::format("the system gives no address space for the device, which would "
                                   "take {} of memory when all of it is written",
                                   size_text(need.bytes)),
                       description.name, need.hint};
  }
}

}  // namespace gantry::config
