#include "nbd/server.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::nbd {

namespace {

base::Error last_error() {
  return {gantry_ssd_message(), "", gantry_ssd_hint()};
}

const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

std::string traffic_json(const Traffic& traffic) {
  return fmt::format(
      "{{\"reads\": {}, \"read_bytes\": {}, \"writes\": {}, \"written_bytes\": {}, \"trims\": {}, "
      "\"flushes\": {}}}",
      traffic.reads, traffic.read_bytes, traffic.writes, traffic.written_bytes, traffic.trims,
      traffic.flushes);
}

}  // namespace

base::Result<std::unique_ptr<Server>> Server::open(const Options& options) {
  gantry_ssd_options how{};
  how.size = sizeof(how);
  how.device = or_null(options.device);
  how.json = or_null(options.json);
  how.state = or_null(options.state);
  how.data_file = or_null(options.data_file);
  how.data = options.data;
  how.fill = options.fill;
  how.seed = options.seed;
  gantry_ssd* opened = nullptr;
  if (gantry_ssd_open(&how, &opened) != GANTRY_SSD_OK) {
    return last_error();
  }
  Drive drive(opened);
  std::optional<Capture> capture;
  if (!options.capture.empty()) {
    GANTRY_TRY(capture, Capture::create(options.capture));
  }
  std::unique_ptr<Server> server(new Server(options, std::move(drive), std::move(capture)));
  GANTRY_CHECK(server->list_exports());
  return server;
}

Server::Server(const Options& options, Drive drive, std::optional<Capture> capture)
    : options_(options),
      drive_(std::move(drive)),
      capture_(std::move(capture)),
      pacer_(clock_),
      dispatcher_(*drive_, pacer_, Transport(options.transport), capture_ ? &*capture_ : nullptr) {
  info_.size = sizeof(info_);
  if (options_.progress.count() > 0) {
    progress_ = std::make_unique<ProgressLines>(options_.progress, [this] {
      return progress_line(dispatcher_.traffic(), pacer_.punctuality());
    });
  }
}

base::Result<void> Server::list_exports() {
  if (gantry_ssd_get_info(drive_.get(), &info_) != GANTRY_SSD_OK) {
    return last_error();
  }
  exports_.push_back({"", 0, info_.capacity});
  for (std::uint32_t number = 1; number <= info_.namespaces; ++number) {
    gantry_ssd_namespace space{};
    space.size = sizeof(space);
    if (gantry_ssd_get_namespace(drive_.get(), number, &space) != GANTRY_SSD_OK) {
      return last_error();
    }
    const std::string name = space.name;
    exports_.push_back({name.empty() ? std::to_string(number) : name, number, space.capacity});
  }
  return {};
}

base::Result<Connection> Server::connect(std::string_view export_name) {
  for (const auto& known : exports_) {
    if (export_name == known.name ||
        (known.namespace_id > 0 && export_name == std::to_string(known.namespace_id))) {
      // A client's queue is its own as far as the drive has enough of them.
      const auto queue = connections_.fetch_add(1) % std::max(info_.queues, std::uint32_t{1});
      return Connection{known.namespace_id, known.capacity, queue};
    }
  }
  return base::Error{
      fmt::format("there is no export \"{}\": the drive has {} namespace{}",
                  base::printable(export_name), info_.namespaces, info_.namespaces == 1 ? "" : "s"),
      "", "an export is called as a namespace, by name or number; \"\" is the whole drive"};
}

base::Result<void> Server::perform(const Connection& connection, gantry_ssd_opcode opcode,
                                   void* data, std::uint64_t length, std::uint64_t offset,
                                   std::uint32_t flags) {
  gantry_ssd_request request{};
  request.offset = offset;
  request.length = length;
  request.data = data;
  request.opcode = opcode;
  request.flags = flags;
  request.namespace_id = connection.namespace_id;
  request.queue = connection.queue;
  return dispatcher_.perform(request);
}

base::Result<void> Server::read(const Connection& connection, void* data, std::uint64_t length,
                                std::uint64_t offset) {
  return perform(connection, GANTRY_SSD_READ, data, length, offset, 0);
}

base::Result<void> Server::write(const Connection& connection, const void* data,
                                 std::uint64_t length, std::uint64_t offset,
                                 bool force_unit_access) {
  // The drive only reads what a write takes its data from.
  return perform(connection, GANTRY_SSD_WRITE, const_cast<void*>(data), length, offset,
                 force_unit_access ? std::uint32_t{GANTRY_SSD_FUA} : 0);
}

base::Result<void> Server::flush(const Connection& connection) {
  return perform(connection, GANTRY_SSD_FLUSH, nullptr, 0, 0, 0);
}

base::Result<void> Server::trim(const Connection& connection, std::uint64_t length,
                                std::uint64_t offset, bool force_unit_access) {
  GANTRY_CHECK(perform(connection, GANTRY_SSD_TRIM, nullptr, length, offset, 0));
  return force_unit_access ? flush(connection) : base::Result<void>();
}

base::Result<void> Server::write_zeros(const Connection& connection, std::uint64_t length,
                                       std::uint64_t offset, bool force_unit_access) {
  for (std::uint64_t done = 0; done < length;) {
    const auto part = std::min(length - done, info_.max_transfer);
    GANTRY_CHECK(write(connection, nullptr, part, offset + done, force_unit_access));
    done += part;
  }
  return {};
}

base::Result<void> Server::write_report() {
  char* measured = nullptr;
  if (gantry_ssd_report(drive_.get(), 0, &measured) != GANTRY_SSD_OK) {
    return last_error();
  }
  const std::string report = measured;
  gantry_ssd_free(measured);
  // Both are objects: ours goes in front.
  const auto json = fmt::format(
      "{{\n  \"delivery\": {},\n  \"transport_ns\": {},\n  \"traffic\": {},\n  {}",
      realtime::to_json(pacer_.punctuality()), dispatcher_.transport().count(),
      traffic_json(dispatcher_.traffic()), base::trim(report.substr(report.find('{') + 1)));
  return base::write_file(options_.report, json + "\n");
}

std::vector<base::Error> Server::finish() {
  std::vector<base::Error> failures;
  const auto note = [&](base::Result<void> done) {
    if (!done) {
      failures.push_back(std::move(done.error()));
    }
  };
  progress_.reset();
  dispatcher_.close();
  fmt::print(stderr, "gantry-ssd: {}\n",
             progress_line(dispatcher_.traffic(), pacer_.punctuality()));
  if (!options_.save_state.empty() &&
      gantry_ssd_save(drive_.get(), options_.save_state.c_str()) != GANTRY_SSD_OK) {
    failures.push_back(last_error());
  }
  if (capture_) {
    note(capture_->close());
  }
  if (!options_.report.empty()) {
    note(write_report());
  }
  if (!options_.socket.empty()) {
    unlink(options_.socket.c_str());
  }
  return failures;
}

}  // namespace gantry::nbd
