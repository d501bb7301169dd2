#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gantry/ssd.h>

#include "base/result.hpp"
#include "nbd/capture.hpp"
#include "nbd/dispatcher.hpp"
#include "nbd/options.hpp"
#include "nbd/progress.hpp"
#include "realtime/pacer.hpp"

namespace gantry::nbd {

/// What an NBD client calls an export: the whole drive, or one of its namespaces.
struct Export {
  std::string name;                ///< "": the whole drive
  std::uint32_t namespace_id = 0;  ///< 0: the whole drive
  std::uint64_t capacity = 0;
};

/// A client's connection.
struct Connection {
  std::uint32_t namespace_id = 0;
  std::uint64_t capacity = 0;
  std::uint32_t queue = 0;
};

/// A simulated drive with what surrounds it, from its opening to its report.
class Server {
 public:
  static base::Result<std::unique_ptr<Server>> open(const Options& options);

  /// The whole drive first. Namespaces are known by their names and by their numbers.
  const std::vector<Export>& exports() const { return exports_; }
  base::Result<Connection> connect(std::string_view export_name);

  std::uint32_t mapping_unit() const { return info_.mapping_unit; }
  std::uint64_t max_transfer() const { return info_.max_transfer; }

  base::Result<void> read(const Connection& connection, void* data, std::uint64_t length,
                          std::uint64_t offset);
  base::Result<void> write(const Connection& connection, const void* data, std::uint64_t length,
                           std::uint64_t offset, bool force_unit_access);
  base::Result<void> flush(const Connection& connection);
  /// Reads zeros afterwards, whatever the alignment.
  base::Result<void> trim(const Connection& connection, std::uint64_t length, std::uint64_t offset,
                          bool force_unit_access);
  /// Zeros that are written, so that they have room in flash.
  base::Result<void> write_zeros(const Connection& connection, std::uint64_t length,
                                 std::uint64_t offset, bool force_unit_access);

  /// Switches the drive off, once: writes the report, the state and the end of the trace, as far as
  /// they were asked for, and says how punctual the drive was. What has failed.
  std::vector<base::Error> finish();

 private:
  struct Closer {
    void operator()(gantry_ssd* drive) const { gantry_ssd_close(drive); }
  };
  using Drive = std::unique_ptr<gantry_ssd, Closer>;

  Server(const Options& options, Drive drive, std::optional<Capture> capture);

  base::Result<void> list_exports();
  base::Result<void> perform(const Connection& connection, gantry_ssd_opcode opcode, void* data,
                             std::uint64_t length, std::uint64_t offset, std::uint32_t flags);
  base::Result<void> write_report();

  Options options_;
  Drive drive_;
  std::optional<Capture> capture_;
  gantry_ssd_info info_{};
  std::vector<Export> exports_;
  std::atomic<std::uint32_t> connections_{0};
  realtime::MonotonicClock clock_;
  realtime::Pacer pacer_;
  Dispatcher dispatcher_;
  std::unique_ptr<ProgressLines> progress_;
};

}  // namespace gantry::nbd
