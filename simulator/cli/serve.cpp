#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "cli/commands.hpp"
#include "cli/device_options.hpp"
#include "cli/version.hpp"
#include "config/description.hpp"

namespace gantry::cli {

namespace {

namespace fs = std::filesystem;
using base::Error;

struct ServeArguments {
  DeviceOptions device;
  std::string fill = "none";
  std::uint64_t seed = 1;
  std::string data;
  std::string data_file;
  std::string socket;
  std::uint16_t port = 0;
  std::uint32_t threads = 64;
  std::uint64_t progress = 10;
  std::string transport = "auto";
  std::string capture;
  std::string report;
  bool read_only = false;
};

/// In a build tree it is beside us, in an installation in a folder of libraries.
base::Result<fs::path> find_plugin() {
  constexpr const char* kName = "nbdkit-gantry-ssd-plugin.so";
  std::error_code error;
  const auto directory = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& candidate : {directory / kName, directory / kPluginDirectory / kName}) {
    if (fs::exists(candidate, error)) {
      return candidate;
    }
  }
  return Error{fmt::format("there is no {} beside gantry-ssd", kName), "",
               "it is built where nbdkit-plugin.h is found: on Debian, apt-get install nbdkit "
               "nbdkit-plugin-dev, and configure and build again"};
}

/// Takes away a socket that a server has left behind, on which nobody listens any more.
base::Result<void> make_room(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Error{fmt::format("a socket's path has at most {} bytes, and this has {}",
                             sizeof(address.sun_path) - 1, path.size()),
                 path, "take a shorter one"};
  }
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) {
    return {};
  }
  if (!fs::is_socket(fs::symlink_status(path, error))) {
    return Error{"there is a file of that name, which is no socket", path, "take another --socket"};
  }
  path.copy(address.sun_path, path.size());
  // A server that has many clients to accept is no reason to wait.
  const base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
      errno == EAGAIN) {
    return Error{"another server listens there", path, "end it, or take another --socket"};
  }
  if (errno != ECONNREFUSED) {
    return base::errno_error("connect to", path);
  }
  return ::unlink(path.c_str()) == 0 ? base::Result<void>() : base::errno_error("remove", path);
}

std::string default_socket() {
  const char* const own = std::getenv("XDG_RUNTIME_DIR");
  std::error_code error;
  const auto directory =
      own != nullptr && *own != '\0' ? fs::path(own) : fs::temp_directory_path(error);
  return directory / fmt::format("gantry-ssd-{}.sock", getpid());
}

/// For the place of a file's name in a URI.
std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                          std::string_view("-._~/").find(c) != std::string_view::npos;
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

/// What is wrong can be said before anything is opened.
base::Result<void> check(const ServeArguments& arguments) {
  if (arguments.device.device.empty() && arguments.device.state.empty()) {
    return Error{"--device or --state is needed: what device is to be simulated", "",
                 "`gantry ssd config list` names those that are known"};
  }
  if (!arguments.device.device.empty()) {
    GANTRY_TRY([[maybe_unused]] const auto description, config::load(arguments.device.device));
  }
  if (!arguments.device.state.empty() && arguments.fill != "none") {
    return Error{"--fill and --state exclude each other: a state says what is on the device", "",
                 ""};
  }
  if ((arguments.data == "file") != !arguments.data_file.empty() && !arguments.data.empty()) {
    return Error{"--data file and --data-file go together", "", ""};
  }
  if (!arguments.device.save_state.empty() && arguments.data_file.empty() &&
      arguments.data != "timing") {
    return Error{
        "--save-state needs --data-file: a state without its data would be a drive that "
        "has forgotten what was written",
        "", "with --data timing nothing is kept, and a state can be saved"};
  }
  return {};
}

struct Place {
  std::vector<std::string> arguments;  // of nbdkit
  std::string uri;
  std::string socket;
};

base::Result<Place> place_of(const ServeArguments& arguments) {
  if (arguments.port != 0) {
    return Place{{"--ipaddr=127.0.0.1", fmt::format("--port={}", arguments.port)},
                 fmt::format("nbd://127.0.0.1:{}", arguments.port),
                 ""};
  }
  std::error_code error;
  const auto socket =
      fs::absolute(arguments.socket.empty() ? default_socket() : arguments.socket, error).string();
  GANTRY_CHECK(make_room(socket));
  return Place{{"--unix=" + socket}, "nbd+unix:///?socket=" + percent_encoded(socket), socket};
}

/// The plugin keeps some versions of nbdkit from an abort, if it comes before the C library
/// (nbd/hang_up.cpp). A path that such a list cannot hold is left out.
void preload(const std::string& plugin) {
  constexpr const char* kList = "LD_PRELOAD";
  if (plugin.find_first_of(" :") == std::string::npos) {
    const char* const others = std::getenv(kList);
    ::setenv(kList,
             others == nullptr ? plugin.c_str() : fmt::format("{}:{}", plugin, others).c_str(), 1);
  }
}

base::Result<std::vector<std::string>> command_line(const ServeArguments& arguments,
                                                    const std::string& plugin) {
  GANTRY_TRY(const auto place, place_of(arguments));
  std::vector<std::string> command = {"nbdkit", "--foreground",
                                      fmt::format("--threads={}", arguments.threads)};
  command.insert(command.end(), place.arguments.begin(), place.arguments.end());
  if (arguments.read_only) {
    command.emplace_back("--readonly");
  }
  command.push_back(plugin);
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      command.push_back(fmt::format("{}={}", key, value));
    }
  };
  add("device", arguments.device.device);
  add("state", arguments.device.state);
  add("save-state", arguments.device.save_state);
  add("fill", arguments.device.state.empty() ? arguments.fill : "");
  add("seed", std::to_string(arguments.seed));
  add("data", !arguments.data.empty()        ? arguments.data
              : !arguments.data_file.empty() ? "file"
                                             : "memory");
  add("data-file", arguments.data_file);
  add("transport", arguments.transport);
  add("capture", arguments.capture);
  add("report", arguments.report);
  add("progress", std::to_string(arguments.progress));
  add("uri", place.uri);
  add("socket", place.socket);
  return command;
}

/// Becomes nbdkit: signals, and its exit code, are its own.
base::Result<int> serve(const ServeArguments& arguments) {
  GANTRY_CHECK(check(arguments));
  if (!base::find_program("nbdkit")) {
    return Error{"nbdkit, which serves block devices, is not installed", "",
                 "on Debian: apt-get install nbdkit"};
  }
  GANTRY_TRY(const auto plugin, find_plugin());
  GANTRY_TRY(auto command, command_line(arguments, plugin));
  std::vector<char*> pointers;
  for (auto& argument : command) {
    pointers.push_back(argument.data());
  }
  pointers.push_back(nullptr);
  preload(plugin);
  ::execvp(pointers.front(), pointers.data());
  return base::errno_error("run", command.front());
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("serve", "Serve a device as a real block device, over NBD");
  command->footer(
      "Prints the URI when it is ready, and ends by Ctrl-C or SIGTERM, when it writes --report,\n"
      "--capture and --save-state. nbdkit has to be installed.\n\n"
      "Examples:\n"
      "  gantry ssd serve --device ref-a --socket drive.sock\n"
      "  gantry ssd serve --device ref-a --fill random --port 10809 --report drive.json\n"
      "  gantry ssd serve --state drive.state --data-file drive.data --save-state drive.state\n"
      "  gantry ssd serve --device ref-a --capture drive.trace\n"
      "  fio --name=t --ioengine=nbd --uri='nbd+unix:///?socket=drive.sock' --rw=randread\n"
      "  qemu-system-x86_64 -device virtio-blk-pci,drive=d \\\n"
      "    -blockdev driver=nbd,node-name=d,server.type=unix,server.path=drive.sock,discard=unmap");
  auto arguments = std::make_shared<ServeArguments>();
  add_device_options(*command, arguments->device);
  command->add_option("--fill", arguments->fill, "State before: none, sequential or random")
      ->expected(0, 1)
      ->default_str("sequential")
      ->check(CLI::IsMember({"none", "sequential", "random"}));
  command->add_option("--seed", arguments->seed, "Of --fill random");
  command
      ->add_option("--data", arguments->data,
                   "What is kept of the data: memory (default), file, or timing: nothing")
      ->check(CLI::IsMember({"memory", "file", "timing"}));
  command->add_option("--data-file", arguments->data_file, "Keep the data in this sparse file")
      ->type_name("FILE");
  auto* socket = command->add_option("--socket", arguments->socket,
                                     "Listen on this Unix socket; default: one in a temporary "
                                     "directory");
  socket->type_name("FILE");
  command->add_option("--port", arguments->port, "Listen on this TCP port of the loopback instead")
      ->check(CLI::Range(1, 65535))
      ->excludes(socket);
  command
      ->add_option("--threads", arguments->threads,
                   "Requests of a connection that may be outstanding")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--read-only", arguments->read_only, "Clients cannot write");
  command
      ->add_option("--transport", arguments->transport,
                   "The way of requests and replies, which is subtracted from their time: auto, "
                   "or a time such as 15us or 0ns")
      ->capture_default_str();
  command
      ->add_option("--capture", arguments->capture,
                   "Write the requests to this file, as a trace for 'replay'")
      ->type_name("FILE");
  command
      ->add_option("--report", arguments->report,
                   "At the end, write what was measured to this file, in JSON")
      ->type_name("FILE");
  command
      ->add_option("--progress", arguments->progress,
                   "Seconds between two lines of progress; 0: none")
      ->capture_default_str();
  command->callback([&action, arguments] { action = [arguments] { return serve(*arguments); }; });
}

}  // namespace gantry::cli
