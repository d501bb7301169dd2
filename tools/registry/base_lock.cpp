#include "registry/base_lock.hpp"

#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::registry {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::int64_t kVersion = 1;

}  // namespace

Result<BaseLock::Pins> BaseLock::parse(const fs::path& path) {
  Pins pins;
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    return pins;
  }
  GANTRY_TRY(const auto text, base::read_file(path, oci::kMaximumDocument));
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, path.native()));
  const auto root = document.root();
  GANTRY_TRY(const auto version_value, root.member("version"));
  GANTRY_TRY(const auto version, version_value.number());
  if (version != kVersion) {
    return version_value.error(
        fmt::format("{} is not a version that this program knows ({})", version, kVersion));
  }
  GANTRY_TRY(const auto bases, root.member("bases"));
  GANTRY_TRY(const auto references, bases.keys());
  for (const auto& reference : references) {
    GANTRY_TRY(const auto value, bases.member(reference));
    GANTRY_TRY(auto descriptor, oci::read_descriptor(value));
    pins.emplace(reference, std::move(descriptor));
  }
  return pins;
}

Result<BaseLock> BaseLock::read(fs::path path) {
  GANTRY_TRY(auto pins, parse(path));
  return BaseLock(std::move(path), std::move(pins));
}

const oci::Descriptor* BaseLock::find(const std::string& reference) const {
  const auto found = pins_.find(reference);
  return found == pins_.end() ? nullptr : &found->second;
}

Result<bool> BaseLock::pin(const std::string& reference, const oci::Descriptor& descriptor) {
  return set(reference, descriptor, false);
}

Result<bool> BaseLock::move(const std::string& reference, const oci::Descriptor& descriptor) {
  return set(reference, descriptor, true);
}

Result<bool> BaseLock::set(const std::string& reference, const oci::Descriptor& descriptor,
                           bool may_move) {
  const auto directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  GANTRY_TRY(const auto turn, base::FileLock::of_directory(directory));
  GANTRY_TRY(pins_, parse(path_));
  const auto [pinned, is_new] = pins_.try_emplace(reference);
  if (!is_new && (!may_move || pinned->second == descriptor)) {
    return false;
  }
  pinned->second = descriptor;
  nlohmann::json bases = nlohmann::json::object();
  for (const auto& [name, pin] : pins_) {
    bases[name] = oci::to_value(pin);
  }
  const nlohmann::json value = {{"version", kVersion}, {"bases", std::move(bases)}};
  GANTRY_CHECK(base::write_file(path_, value.dump(2) + "\n"));
  return true;
}

}  // namespace gantry::registry
