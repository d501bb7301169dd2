#include "vm/screen.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "vm/guest_fonts.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::uint64_t kMostFrame = std::uint64_t{100} << 20;
constexpr std::uint64_t kVgaMemory = std::uint64_t{256} << 10;  // four planes of 64 KiB

/// How often a guest's memory is searched for fonts, while it starts.
constexpr std::chrono::seconds kSearchAgain{5};

constexpr std::uint64_t kVgaClass = 0x300;

const json& member(const json& object, const char* name) {
  static const json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nothing : *found;
}

bool is_number(const json& value, std::uint64_t number) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() == number;
}

/// The first region of memory of a device of query-pci, if that is a VGA.
std::optional<std::uint64_t> vga_region(const json& device) {
  if (!is_number(member(member(device, "class_info"), "class"), kVgaClass)) {
    return std::nullopt;
  }
  for (const auto& region : member(device, "regions")) {
    const auto& size = member(region, "size");
    const auto& address = member(region, "address");
    if (is_number(member(region, "bar"), 0) && member(region, "type") == "memory" &&
        size.is_number_unsigned() && size.get<std::uint64_t>() >= kVgaMemory &&
        address.is_number_unsigned()) {
      return address.get<std::uint64_t>();
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> dump_screen(Monitor& monitor, const fs::path& path, std::string_view format) {
  const json arguments{{"filename", path.native()}, {"format", format}};
  auto dumped = monitor.execute("screendump", arguments.dump());
  if (!dumped) {
    dumped.error().hint = "give the guest a display ('display vga' in its description)";
    return dumped.error();
  }
  return {};
}

Result<void> save_screenshot(Monitor& monitor, const fs::path& directory, const fs::path& path) {
  const auto format = path.extension();
  if (format != ".png" && format != ".ppm") {
    return base::Error{"a picture of the screen is a .png or a .ppm", path.native(), ""};
  }
  const auto scratch = directory / ("screenshot" + format.native());
  GANTRY_CHECK(dump_screen(monitor, scratch, format.native().substr(1)));
  GANTRY_TRY(const auto bytes, base::read_file(scratch, kMostFrame));
  return base::write_file(path, bytes);
}

Result<Screen> Screen::open(Machine& machine) {
  Screen screen(machine);
  GANTRY_CHECK(screen.frame());
  return screen;
}

Result<Frame> Screen::frame() {
  const auto path = machine_->directory / "screen.ppm";
  GANTRY_CHECK(dump_screen(*machine_->monitor, path, "ppm"));
  GANTRY_TRY(const auto bytes, base::read_file(path, kMostFrame));
  return Frame::parse_ppm(bytes, path.native());
}

Result<ScreenText> Screen::text(const Frame& frame) {
  // The sizes of VGA's text modes of 40 and 80 columns.
  if (frame.width() % 80 == 0 && frame.width() <= 720 && frame.height() <= 480) {
    GANTRY_TRY(const auto vga, vga_memory());
    if (vga) {
      GANTRY_TRY(const auto memory, physical_memory(*vga, kVgaMemory));
      auto text = read_text(frame, fonts_of_vga_memory(memory));
      if (text.is_text()) {
        return text;
      }
    }
  }
  auto text = read_text(frame, fonts_);
  if (!text.is_text() && !frame.is_blank() && !machine_->memory.empty() &&
      std::chrono::steady_clock::now() >= next_search_) {
    GANTRY_TRY(fonts_, fonts_of_memory_file(machine_->memory));
    next_search_ = std::chrono::steady_clock::now() + kSearchAgain;
    text = read_text(frame, fonts_);
  }
  return text;
}

/// Where the guest has it now: firmware and kernels move it.
Result<std::optional<std::uint64_t>> Screen::vga_memory() {
  GANTRY_TRY(const auto buses, machine_->monitor->execute("query-pci"));
  for (const auto& bus : buses) {
    for (const auto& device : member(bus, "devices")) {
      if (const auto address = vga_region(device)) {
        return address;
      }
    }
  }
  return std::optional<std::uint64_t>();
}

Result<std::string> Screen::physical_memory(std::uint64_t address, std::uint64_t size) {
  const auto path = machine_->directory / "screen.memory";
  const json arguments{{"val", address}, {"size", size}, {"filename", path.native()}};
  GANTRY_CHECK(machine_->monitor->execute("pmemsave", arguments.dump()));
  return base::read_file(path, size);
}

}  // namespace gantry::vm
