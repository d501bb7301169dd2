#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/file.hpp"
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
  std::string auth = "none";
  std::vector<std::string> users;
  std::string identity_token;
  bool anonymous_pull = false;
  bool tls = false;
  TlsOptions certificate;
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
  app.add_option("--auth", arguments.auth, "How clients say who they are")
      ->check(CLI::IsMember({"none", "basic", "bearer"}));
  app.add_option("--user", arguments.users, "A name and its password, as name:password");
  app.add_option("--identity-token", arguments.identity_token, "Worth a token, by POST");
  app.add_flag("--anonymous-pull", arguments.anonymous_pull, "Tokens to pull for everybody");
  app.add_flag("--tls", arguments.tls,
               "HTTPS; without --cert, by a new certificate, registry.pem in --directory");
  app.add_option("--cert", arguments.certificate.certificate, "The server's certificates, PEM");
  app.add_option("--key", arguments.certificate.key, "Its private key, PEM");
  app.add_option("--client-ca", arguments.certificate.client_ca,
                 "Clients need a certificate by this CA, PEM");
  app.add_flag("--log", arguments.log, "Print each request and its status to the standard error");
}

AuthOptions auth_of(const Arguments& arguments) {
  AuthOptions auth{.anonymous_pull = arguments.anonymous_pull,
                   .identity_token = arguments.identity_token};
  if (arguments.auth != "none") {
    auth.scheme =
        arguments.auth == "basic" ? AuthOptions::Scheme::kBasic : AuthOptions::Scheme::kBearer;
  }
  for (const std::string& user : arguments.users) {
    const std::size_t colon = std::min(user.find(':'), user.size());
    auth.users.emplace(user.substr(0, colon), user.substr(std::min(colon + 1, user.size())));
  }
  return auth;
}

base::Result<std::optional<TlsOptions>> tls_of(const Arguments& arguments) {
  if (!arguments.tls || !arguments.certificate.certificate.empty()) {
    return arguments.tls ? std::optional(arguments.certificate) : std::nullopt;
  }
  if (arguments.directory.empty()) {
    return base::Error{
        "--tls wants --cert and --key, or a --directory to put new ones into", {}, {}};
  }
  GANTRY_CHECK(base::make_directories(arguments.directory));
  GANTRY_TRY(TlsOptions made, make_certificate(arguments.directory));
  made.client_ca = arguments.certificate.client_ca;
  return std::optional(made);
}

base::Result<TestRegistry> start(const Arguments& arguments) {
  Options options{.port = arguments.port, .directory = arguments.directory};
  options.auth = auth_of(arguments);
  GANTRY_TRY(options.tls, tls_of(arguments));
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
