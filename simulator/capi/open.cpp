#include <memory>
#include <optional>
#include <string>

#include "capi/handle.hpp"
#include "config/description.hpp"
#include "state/state.hpp"

namespace gantry::capi {

namespace {

/// What keeps options from being used, whatever they name; null: nothing.
const char* fault_of(const gantry_ssd_options& options) {
  if (options.device != nullptr && options.json != nullptr) {
    return "a drive has a device or a json, not both";
  }
  if (options.device == nullptr && options.json == nullptr && options.state == nullptr) {
    return "a drive needs a device, a json or a state";
  }
  if (options.data > GANTRY_SSD_FILE) {
    return "there is no such mode of data";
  }
  if ((options.data == GANTRY_SSD_FILE) != (options.data_file != nullptr)) {
    return "a data_file goes with GANTRY_SSD_FILE, and with it alone";
  }
  if (options.fill > GANTRY_SSD_FILL_RANDOM) {
    return "there is no such fill";
  }
  if (options.fill != GANTRY_SSD_FRESH && options.state != nullptr) {
    return "a drive of a state cannot be filled";
  }
  if ((options.flags & ~std::uint32_t{GANTRY_SSD_WITHOUT_REPORT}) != 0) {
    return "there are no such flags";
  }
  return options.reserved == 0 ? nullptr : "what is reserved is not 0";
}

int open(const gantry_ssd_options& options, gantry_ssd*& drive) {
  host::Drive::Options how;
  how.data = static_cast<data::Mode>(options.data);
  how.data_file = options.data_file == nullptr ? "" : options.data_file;
  how.fill = static_cast<host::Fill>(options.fill);
  how.seed = options.seed;
  how.measures = (options.flags & GANTRY_SSD_WITHOUT_REPORT) == 0;

  std::optional<config::Description> wanted;
  if (options.device != nullptr || options.json != nullptr) {
    auto description =
        options.device != nullptr ? config::load(options.device) : config::parse(options.json);
    if (!description) {
      return fail(GANTRY_SSD_DESCRIPTION, description.error());
    }
    wanted = *std::move(description);
  }
  auto opened = state::Opened{};
  if (options.state != nullptr) {
    auto read = state::open(options.state);
    if (!read) {
      return fail(GANTRY_SSD_IO, read.error());
    }
    opened = *std::move(read);
    if (wanted) {
      if (const auto same = state::check_same_device(opened, *wanted, options.state); !same) {
        return fail(GANTRY_SSD_DESCRIPTION, same.error());
      }
    }
  } else {
    auto device = host::make_device(*wanted, how.fill, how.seed);
    if (!device) {
      return fail(GANTRY_SSD_NO_MEMORY, device.error());
    }
    opened = {*std::move(wanted), *std::move(device)};
  }
  auto made = host::Drive::create(std::move(opened.description), std::move(opened.device), how);
  if (!made) {
    return fail(GANTRY_SSD_IO, made.error());
  }
  drive = new gantry_ssd{*std::move(made), options.data, how.measures};
  return GANTRY_SSD_OK;
}

}  // namespace

}  // namespace gantry::capi

int gantry_ssd_open(const gantry_ssd_options* options, gantry_ssd** drive) {
  using namespace gantry::capi;
  if (drive == nullptr) {
    return fail_null("there is no place for the drive");
  }
  *drive = nullptr;
  if (options == nullptr) {
    return fail_null("there are no options");
  }
  if (!has_right_size(*options)) {
    return fail_size();
  }
  if (const auto* const fault = fault_of(*options)) {
    return fail(GANTRY_SSD_INVALID, fault, "see struct gantry_ssd_options");
  }
  return guarded([&] { return open(*options, *drive); });
}

void gantry_ssd_close(gantry_ssd* drive) {
  delete drive;
}
