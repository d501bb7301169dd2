#include "vm/firmware.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/file.hpp"
#include "oci/json_document.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using oci::JsonValue;

namespace {

constexpr std::size_t kMostTargets = 100;

struct Firmware {
  fs::path code;
  fs::path variables;
};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Result<bool> is_for(const JsonValue& root, const Guest& guest) {
  GANTRY_TRY(const auto features, root.member("features"));
  GANTRY_TRY(const auto words, features.texts());
  const bool enforces = has(words, "secure-boot") && has(words, "enrolled-keys");
  if (guest.firmware == FirmwareKind::kUefiSecure ? !enforces : has(words, "secure-boot")) {
    return false;
  }
  GANTRY_TRY(const auto interfaces, root.member("interface-types"));
  GANTRY_TRY(const auto kinds, interfaces.texts());
  GANTRY_TRY(const auto targets, root.member("targets"));
  GANTRY_TRY(const auto list, targets.elements(kMostTargets));
  for (const auto& target : list) {
    GANTRY_TRY(const auto name, target.member("architecture"));
    GANTRY_TRY(const auto architecture, name.text());
    if (architecture == guest.architecture && has(kinds, "uefi")) {
      return true;
    }
  }
  return false;
}

Result<fs::path> image(const JsonValue& mapping, std::string_view which) {
  GANTRY_TRY(const auto part, mapping.member(which));
  GANTRY_TRY(const auto format, part.member("format"));
  GANTRY_TRY(const auto word, format.text());
  if (word != "raw") {
    return format.error("firmware in other images than raw ones is not used");
  }
  GANTRY_TRY(const auto name, part.member("filename"));
  GANTRY_TRY(const auto path, name.text());
  return fs::path(path);
}

/// Nothing: this is no firmware for the guest.
Result<std::optional<Firmware>> firmware_of(const fs::path& file, const Guest& guest) {
  GANTRY_TRY(const auto text, base::read_file(file, oci::kMaximumDocument));
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, file.native()));
  const auto root = document.root();
  GANTRY_TRY(const bool fits, is_for(root, guest));
  if (!fits) {
    return std::optional<Firmware>();
  }
  GANTRY_TRY(const auto mapping, root.member("mapping"));
  GANTRY_TRY(const auto device, mapping.member("device"));
  GANTRY_TRY(const auto word, device.text());
  if (word != "flash") {
    return std::optional<Firmware>();
  }
  Firmware firmware;
  GANTRY_TRY(firmware.code, image(mapping, "executable"));
  GANTRY_TRY(firmware.variables, image(mapping, "nvram-template"));
  std::error_code failure;
  const bool there = fs::exists(firmware.code, failure) && fs::exists(firmware.variables, failure);
  return there ? std::optional(firmware) : std::nullopt;
}

}  // namespace

std::vector<fs::path> firmware_directories() {
  return {"/etc/qemu/firmware", "/usr/local/share/qemu/firmware", "/usr/share/qemu/firmware"};
}

Result<void> find_firmware(Guest& guest, const std::vector<fs::path>& directories) {
  if (guest.firmware == FirmwareKind::kBios) {
    return {};
  }
  // Of files with the same name the first counts, and they are tried in the order of their names.
  std::map<std::string, fs::path> files;
  for (const auto& directory : directories) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(directory, failure)) {
      if (entry.path().extension() == ".json") {
        files.emplace(entry.path().filename().native(), entry.path());
      }
    }
  }
  for (const auto& [name, file] : files) {
    // What others have described wrongly is none of ours.
    if (const auto found = firmware_of(file, guest); found && *found) {
      guest.firmware_code = (*found)->code;
      guest.firmware_variables = (*found)->variables;
      return {};
    }
  }
  return base::Error{
      fmt::format("there is no UEFI firmware{} for guests of {} on this machine",
                  guest.firmware == FirmwareKind::kUefiSecure ? " with Secure Boot" : "",
                  guest.architecture),
      "",
      fmt::format("install Debian's {}, or another that /usr/share/qemu/firmware describes",
                  guest.architecture == "aarch64" ? "qemu-efi-aarch64" : "ovmf")};
}

}  // namespace gantry::vm
