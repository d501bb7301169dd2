#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.hpp"
#include "tests/registry/test_registry.hpp"

namespace gantry::test_registry {

namespace {

struct Arguments {
  std::uint16_t port = 0;
  std::string directory;
  std::string profile = "conforming";
  std::vector<std::string> quirks;
  std::vector<std::string> faults;
  std::vector<std::string> repositories;
  std::string break_every;
  unsigned breaks = 1;
  bool log = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--port", arguments.port, "On 127.0.0.1; 0 takes a free one");
  app.add_option("--directory", arguments.directory, "Where blobs are; otherwise a temporary one");
  app.add_option("--profile", arguments.profile,
                 "Behave like: " + base::join(profile_names(), ", "));
  app.add_option("--quirk", arguments.quirks, "One of: " + base::join(quirk_names(), ", "));
  app.add_option("--fault", arguments.faults, "As method=PUT,target=/blobs/,times=2,status=503");
  app.add_option("--repository", arguments.repositories, "A repository that exists from the start");
  app.add_option("--break-every", arguments.break_every,
                 "Reset each connection after so many bytes");
  app.add_option("--breaks", arguments.breaks, "How often --break-every does so");
  app.add_flag("--log", arguments.log, "Print each request and its status to the standard error");
}

base::Result<TestRegistry> start(const Arguments& arguments) {
  Options options{.port = arguments.port, .directory = arguments.directory};
  GANTRY_TRY(options.quirks, quirks_of_profile(arguments.profile));
  for (const std::string& quirk : arguments.quirks) {
    GANTRY_CHECK(set_quirk(options.quirks, quirk));
  }
  if (arguments.log) {
    options.log = [](const RecordedRequest& recorded) {
      fmt::print(stderr, "{} {} {} {}\n", recorded.status, recorded.request.method,
                 recorded.request.target, recorded.body_bytes);
    };
  }
  std::vector<Fault> faults;
  for (const std::string& text : arguments.faults) {
    GANTRY_TRY(Fault fault, parse_fault(text));
    faults.push_back(std::move(fault));
  }
  GANTRY_TRY(TestRegistry registry, TestRegistry::start(std::move(options)));
  for (Fault& fault : faults) {
    registry.add_fault(std::move(fault));
  }
  for (const std::string& repository : arguments.repositories) {
    registry.create_repository(repository);
  }
  if (!arguments.break_every.empty()) {
    const auto bytes = base::parse_byte_size(arguments.break_every);
    if (!bytes) {
      return base::Error{"--break-every wants a number of bytes", {}, {}};
    }
    registry.break_connections(*bytes, arguments.breaks);
  }
  return registry;
}

int run(int argc, char** argv) {
  CLI::App app("An OCI registry for tests; serves until SIGTERM or SIGINT", "gantry_test_registry");
  Arguments arguments;
  add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  // Blocked before the server's threads start, so that they come to sigwait alone.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto registry = start(arguments);
  if (!registry) {
    const base::Error& error = registry.error();
    fmt::print(stderr, "gantry_test_registry: error: {}{}{}\n", error.where,
               error.where.empty() ? "" : ": ", error.what);
    return 1;
  }
  fmt::print("{}\n", registry->host());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

}  // namespace gantry::test_registry

int main(int argc, char** argv) {
  try {
    return gantry::test_registry::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gantry_test_registry: error: {}\n", error.what());
    return 1;
  }
}
