#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"
#include "oci/platform.hpp"

namespace gantry::oci {

/// Docker's extension of the image config; times in nanoseconds, 0 means inherit.
struct Healthcheck {
  std::vector<std::string> test;  ///< {"NONE"}, or "CMD" and arguments, or "CMD-SHELL" and a line
  std::int64_t interval = 0;
  std::int64_t timeout = 0;
  std::int64_t start_period = 0;
  std::int64_t retries = 0;
  bool operator==(const Healthcheck&) const = default;
};

struct HistoryEntry {
  std::optional<std::int64_t> created;  ///< seconds since the epoch
  std::string created_by;
  std::string comment;
  bool empty_layer = false;
  std::string author;
  bool operator==(const HistoryEntry&) const = default;
};

/// OCI image configuration (image-spec, config.md).
struct Config {
  std::optional<std::int64_t> created;  ///< seconds since the epoch
  std::string author;
  Platform platform;
  std::string user;
  std::vector<std::string> exposed_ports;  ///< "8080/tcp"; sorted
  std::vector<std::string> env;            ///< "NAME=value", in order
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::vector<std::string> volumes;  ///< sorted
  std::string working_dir;
  Annotations labels;
  std::string stop_signal;
  std::optional<Healthcheck> healthcheck;
  std::vector<Digest> diff_ids;  ///< of the uncompressed layers, lowest first
  std::vector<HistoryEntry> history;
  bool operator==(const Config&) const = default;
};

/// Canonical, as a manifest; what is empty here is absent there.
std::string to_json(const Config& config);

/// As hostile as a manifest. Docker's config reads as well: the fields are the same. A time's
/// fraction of a second is dropped.
base::Result<Config> parse_config(std::string_view json, std::string_view where);

}  // namespace gantry::oci
