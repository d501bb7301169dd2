// The plugin's callbacks: what nbdkit asks for, in the words of Server.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "base/file.hpp"
#include "nbd/forced_end.hpp"
#include "nbd/options.hpp"
#include "nbd/server.hpp"

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

namespace {

using gantry::base::Error;
using gantry::base::Result;
using gantry::nbd::Connection;
using gantry::nbd::ForcedEnd;
using gantry::nbd::Options;
using gantry::nbd::Server;

/// nbdkit has one plugin in a process, and no place for what is not a connection's.
struct Plugin {
  Options options;
  std::unique_ptr<Server> server;
  std::atomic<bool> is_open = false;  // that there is a server, for the thread of forced_end
  std::optional<ForcedEnd> forced_end;
  gantry::base::Fd output;  // standard output, which nbdkit takes away before it is ready
};
Plugin& plugin_state() {
  static Plugin state;
  return state;
}

int fail(const Error& error, int code) {
  nbdkit_error("%s%s%s", error.where.c_str(), error.where.empty() ? "" : ": ", error.what.c_str());
  if (!error.hint.empty()) {
    nbdkit_error("hint: %s", error.hint.c_str());
  }
  nbdkit_set_error(code);
  return -1;
}

/// What a callback returns: no exception goes into nbdkit.
template <class Function>
int guarded(Function function) noexcept {
  try {
    const Result<void> done = function();
    return done ? 0 : fail(done.error(), EIO);
  } catch (const std::exception& exception) {
    nbdkit_error("%s", exception.what());
    nbdkit_set_error(ENOMEM);
    return -1;
  }
}

Connection& connection_of(void* handle) {
  return *static_cast<Connection*>(handle);
}

int set_option(const char* key, const char* value) {
  return guarded([&] { return gantry::nbd::set(plugin_state().options, key, value); });
}

int check_options() {
  return guarded([] {
    plugin_state().output = gantry::base::Fd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    return gantry::nbd::check(plugin_state().options);
  });
}

/// Whether all that was asked for has been written.
bool finish() {
  bool is_complete = false;
  guarded([&]() -> Result<void> {
    const auto failures = plugin_state().server->finish();
    for (const auto& failure : failures) {
      fail(failure, EIO);
    }
    is_complete = failures.empty();
    return {};
  });
  return is_complete;
}

[[noreturn]] void end_process(bool is_complete) {
  std::fflush(nullptr);
  _exit(is_complete ? EXIT_SUCCESS : EXIT_FAILURE);
}

void remove_socket() {
  if (!plugin_state().options.socket.empty()) {
    unlink(plugin_state().options.socket.c_str());
  }
}

[[noreturn]] void force_end() {
  if (plugin_state().is_open) {
    end_process(finish());
  }
  nbdkit_error("ended before the drive was ready");
  remove_socket();
  end_process(false);
}

/// The drive has to be opened by the process that goes on with it. To fill it may take a while.
int start() {
  const auto status = guarded([]() -> Result<void> {
    constexpr std::chrono::seconds kGrace{1};
    plugin_state().forced_end.emplace(kGrace, force_end);
    GANTRY_TRY(plugin_state().server, Server::open(plugin_state().options));
    plugin_state().is_open = true;
    const auto output = std::exchange(plugin_state().output, {});
    if (!plugin_state().options.uri.empty() && output) {
      const auto line = plugin_state().options.uri + "\n";
      return gantry::base::write_all(output.get(), std::as_bytes(std::span(line)),
                                     "standard output");
    }
    return {};
  });
  // nbdkit listens already, and is not going to clean up.
  if (status != 0) {
    remove_socket();
  }
  return status;
}

void clean_up() {
  plugin_state().forced_end.reset();
  if (!plugin_state().server) {
    return;
  }
  const bool is_complete = finish();
  plugin_state().server.reset();
  if (!is_complete) {
    // nbdkit cannot be told, and would end with success when the filters have ended, too.
    std::atexit([] { end_process(false); });
  }
}

int list_exports(int /*readonly*/, int /*is_tls*/, nbdkit_exports* exports) {
  for (const auto& known : plugin_state().server->exports()) {
    if (nbdkit_add_export(exports, known.name.c_str(), nullptr) != 0) {
      return -1;
    }
  }
  return 0;
}

void* open_connection(int /*readonly*/) {
  Connection* connection = nullptr;
  guarded([&]() -> Result<void> {
    GANTRY_TRY(const auto opened, plugin_state().server->connect(nbdkit_export_name()));
    connection = std::make_unique<Connection>(opened).release();
    return {};
  });
  return connection;
}

void close_connection(void* handle) {
  const std::unique_ptr<Connection> owned(&connection_of(handle));
}

int64_t get_size(void* handle) {
  return static_cast<int64_t>(connection_of(handle).capacity);
}

int block_size(void* /*handle*/, uint32_t* minimum, uint32_t* preferred, uint32_t* maximum) {
  constexpr uint32_t kSmallestPreferred = 512;
  *minimum = 1;
  *preferred = std::max(plugin_state().server->mapping_unit(), kSmallestPreferred);
  *maximum = static_cast<uint32_t>(plugin_state().server->max_transfer());
  return 0;
}

int yes(void* /*handle*/) {
  return 1;
}

int native_fua(void* /*handle*/) {
  return NBDKIT_FUA_NATIVE;
}

bool has_fua(uint32_t flags) {
  return (flags & NBDKIT_FLAG_FUA) != 0;
}

int read(void* handle, void* data, uint32_t count, uint64_t offset, uint32_t /*flags*/) {
  return guarded(
      [&] { return plugin_state().server->read(connection_of(handle), data, count, offset); });
}

int write(void* handle, const void* data, uint32_t count, uint64_t offset, uint32_t flags) {
  return guarded([&] {
    return plugin_state().server->write(connection_of(handle), data, count, offset, has_fua(flags));
  });
}

int flush(void* handle, uint32_t /*flags*/) {
  return guarded([&] { return plugin_state().server->flush(connection_of(handle)); });
}

int trim(void* handle, uint32_t count, uint64_t offset, uint32_t flags) {
  return guarded([&] {
    return plugin_state().server->trim(connection_of(handle), count, offset, has_fua(flags));
  });
}

/// What may become a hole is trimmed, which is fast; else zeros are written, which is not.
int zero(void* handle, uint32_t count, uint64_t offset, uint32_t flags) {
  const bool may_trim = (flags & NBDKIT_FLAG_MAY_TRIM) != 0;
  if (!may_trim && (flags & NBDKIT_FLAG_FAST_ZERO) != 0) {
    nbdkit_set_error(EOPNOTSUPP);
    return -1;
  }
  return guarded([&] {
    auto& server = *plugin_state().server;
    return may_trim ? server.trim(connection_of(handle), count, offset, has_fua(flags))
                    : server.write_zeros(connection_of(handle), count, offset, has_fua(flags));
  });
}

nbdkit_plugin make_plugin() noexcept {
  nbdkit_plugin plugin{};
  plugin.name = "gantry-ssd";
  plugin.longname = "Gantry's simulated solid-state drive";
  plugin.version = gantry_ssd_version();
  plugin.description = "A simulated solid-state drive, in real time";
  plugin.config = set_option;
  plugin.config_complete = check_options;
  plugin.config_help = gantry::nbd::kOptionsHelp;
  plugin.magic_config_key = "device";
  plugin.after_fork = start;
  plugin.cleanup = clean_up;
  plugin.list_exports = list_exports;
  plugin.open = open_connection;
  plugin.close = close_connection;
  plugin.get_size = get_size;
  plugin.block_size = block_size;
  plugin.can_multi_conn = yes;
  plugin.can_flush = yes;
  plugin.can_trim = yes;
  plugin.can_zero = yes;
  plugin.can_fast_zero = yes;
  plugin.can_fua = native_fua;
  plugin.pread = read;
  plugin.pwrite = write;
  plugin.flush = flush;
  plugin.trim = trim;
  plugin.zero = zero;
  return plugin;
}

nbdkit_plugin plugin = make_plugin();

}  // namespace

NBDKIT_REGISTER_PLUGIN(plugin)
