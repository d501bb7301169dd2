#include "vm/checkpoint_artifact.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "vm/portable_checkpoint.hpp"

/// The first byte says how many layers there are. What is read is read as well when it is written
/// again, and what a machine would be made of names nothing of the host.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gantry::vm;
  if (size == 0) {
    return 0;
  }
  const std::size_t layers = data[0] % (kMostLayers + 1);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto artifact = parse_checkpoint_artifact(text, layers, "fuzz");
  if (!artifact) {
    return 0;
  }
  if (!parse_checkpoint_artifact(to_json(*artifact), layers, "fuzz")) {
    std::abort();
  }
  const Platform here{"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2.22", ""};
  for (const auto& stage : artifact->stages) {
    auto checkpoint = localize(stage.checkpoint, "/store", here, "fuzz");
    if (!checkpoint) {
      continue;
    }
    for (const auto* const file : files_of(checkpoint->guest)) {
      if (file->parent_path() != "/store/inputs" || !is_input_name(file->filename().native())) {
        std::abort();
      }
    }
    if (checkpoint->platform.qemu != here.qemu || !make_portable(*checkpoint, "/store")) {
      std::abort();
    }
  }
  return 0;
}
