#pragma once

#include <memory>
#include <string>

#include <gantry/ssd.h>
#include <gtest/gtest.h>

namespace gantry::capi {

struct Close {
  void operator()(gantry_ssd* drive) const { gantry_ssd_close(drive); }
};
using DrivePointer = std::unique_ptr<gantry_ssd, Close>;

inline gantry_ssd_options options_of(const char* device) {
  gantry_ssd_options options{};
  options.size = sizeof(options);
  options.device = device;
  return options;
}

inline DrivePointer open_drive(const gantry_ssd_options& options) {
  gantry_ssd* drive = nullptr;
  EXPECT_EQ(gantry_ssd_open(&options, &drive), GANTRY_SSD_OK) << gantry_ssd_message();
  return DrivePointer(drive);
}

inline gantry_ssd_request request_of(gantry_ssd_opcode opcode, std::uint64_t offset,
                                     std::uint64_t length) {
  gantry_ssd_request request{};
  request.opcode = opcode;
  request.offset = offset;
  request.length = length;
  return request;
}

/// One die of 2 MiB, of which the host sees 1.
constexpr const char* kSmall = R"({
  "geometry": {"channels": 1, "chips_per_channel": 1, "blocks_per_plane": 32, "pages_per_block": 16},
  "capacity": "1MiB",
  "namespaces": [{"name": "boot", "size": "256KiB"}, {"size": "512KiB"}],
  "front_end": {"queues": [{}, {}]}})";

inline gantry_ssd_options small_options() {
  auto options = options_of(nullptr);
  options.json = kSmall;
  return options;
}

}  // namespace gantry::capi
