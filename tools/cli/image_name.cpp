#include "cli/image_name.hpp"

#include <filesystem>

namespace gantry::cli {

std::string image_name(std::string_view reference, const oci::Image& image) {
  if (const auto title = image.config.labels.find("org.opencontainers.image.title");
      title != image.config.labels.end()) {
    return title->second;
  }
  const bool layout = reference.starts_with("oci:");
  if (layout) {
    reference.remove_prefix(4);
    reference = reference.substr(0, reference.find_last_of(":@"));
  }
  const std::filesystem::path path(reference);
  return layout ? path.filename().string() : path.stem().string();
}

}  // namespace gantry::cli
