#include "tests/registry/test_registry.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "tests/registry/exchange.hpp"
#include "tests/registry/http_connection.hpp"
#include "tests/registry/listener.hpp"

namespace gantry::test_registry {

namespace {

// Bodies that nobody wanted are read up to this size, to keep the connection, before the answer...
constexpr std::uint64_t kDrainedBefore = std::uint64_t{1} << 20;
// ...and up to this size after it, so that the client reads the answer before a reset.
constexpr std::uint64_t kDrainedAfter = std::uint64_t{1} << 30;

bool drain(RequestBody& body, std::uint64_t limit) {
  std::string piece(std::size_t{64} << 10, '\0');
  std::uint64_t drained = 0;
  while (drained <= limit) {
    const std::size_t got = body.read(piece);
    if (got == 0) {
      return !body.broken();
    }
    drained += got;
  }
  return false;
}

}  // namespace

struct TestRegistry::Server {
  enum class Site { kRegistry, kStorage };

  Server(Options given, std::optional<base::TempDir> temporary, TlsContext context)
      : options(std::move(given)),
        directory(std::move(temporary)),
        tls(std::move(context)),
        state(options.directory),
        authenticator(options.auth) {}

  void serve(Stream& stream, unsigned number, Site site);
  bool serve_request(HttpInput& input, Request& request, Site site);
  Response respond(const Exchange& exchange, Site site);
  Response planned(const Exchange& exchange, const Fault& fault);
  std::string origin(std::string_view host) const {
    return host.empty() ? "" : fmt::format("{}://{}", tls ? "https" : "http", host);
  }
  std::string origin(const Listener& listener) const {
    return origin(fmt::format("127.0.0.1:{}", listener.port()));
  }

  Options options;  ///< its quirks: by quirks_mutex
  mutable std::mutex quirks_mutex;
  std::optional<base::TempDir> directory;
  TlsContext tls;
  RegistryState state;
  Authenticator authenticator;
  FaultPlan faults;
  BreakingLine line;
  Recorder recorder;
  Recorder storage_recorder;
  std::unique_ptr<Listener> storage;
  std::unique_ptr<Listener> registry;
};

void TestRegistry::Server::serve(Stream& stream, unsigned number, Site site) {
  if (!stream.start_tls(tls.get())) {
    return;
  }
  HttpInput input(stream);
  while (auto request = read_request(input)) {
    request->connection = number;
    if (!serve_request(input, *request, site)) {
      return;
    }
  }
}

bool TestRegistry::Server::serve_request(HttpInput& input, Request& request, Site site) {
  Recorder& record = site == Site::kRegistry ? recorder : storage_recorder;
  const std::size_t ticket = record.begin(request);
  const Fault fault = faults.take(request);
  RequestBody body(input, request);
  body.apply(fault);
  std::unique_lock lock(quirks_mutex);
  const Quirks quirks = options.quirks;
  lock.unlock();
  if (fault.drop_request_after == 0) {
    input.stream().close(true);
    return false;
  }
  const Exchange exchange{.state = state,
                          .request = request,
                          .body = body,
                          .quirks = quirks,
                          .origin = origin(request.headers.get("Host")),
                          .storage_origin = origin(*storage)};
  Response response = fault.status != 0 ? planned(exchange, fault) : respond(exchange, site);
  const bool expected = !body.awaited();
  const bool keep = expected && drain(body, kDrainedBefore);
  const int status = body.broken() ? 0 : response.status;
  record.finish(ticket, status, body.received());
  if (options.log) {
    options.log({request, body.received(), status});
  }
  if (body.broken() || (fault.delay.count() > 0 && !input.stream().pause(fault.delay))) {
    return false;
  }
  response.headers.add("Docker-Distribution-Api-Version", "registry/2.0");
  const bool last = !keep || equal_without_case(request.headers.get("Connection"), "close");
  if (last) {
    response.headers.add("Connection", "close");
  }
  if (!write_response(input.stream(), request, response, fault,
                      {.lf_only = quirks.lf_only, .head_body = quirks.head_body})) {
    return false;
  }
  if (!keep && expected) {
    input.stream().finish_writing();
    drain(body, kDrainedAfter);
  }
  return !last;
}

Response TestRegistry::Server::planned(const Exchange& exchange, const Fault& fault) {
  Response response{.status = fault.status, .body = fault.body};
  if (fault.status == 401) {
    response = authenticator.challenge(401, exchange.origin, needed_access(exchange.request), "");
  }
  return response;
}

Response TestRegistry::Server::respond(const Exchange& exchange, Site site) {
  const Request& request = exchange.request;
  if (site == Site::kStorage) {
    if (request.headers.has("Authorization")) {
      return error_response(400, "UNSUPPORTED", "Only one auth mechanism allowed");
    }
    if (request.path.starts_with("/storage/")) {
      const auto blob = exchange.state.signed_urls.use(request.target);
      return blob ? blob_content(request, *blob)
                  : error_response(403, "DENIED", "Request has expired");
    }
  } else if (request.path == "/token") {
    return authenticator.serve_token(request, exchange.body);
  } else if (auto refused =
                 authenticator.refuse(request, exchange.origin, needed_access(request))) {
    return *std::move(refused);
  }
  const std::uint64_t maximum = exchange.quirks.body_maximum;
  if (maximum > 0 && exchange.body.length().value_or(0) > maximum) {
    return error_response(413, "SIZE_INVALID", "the body is too large");
  }
  if (request.path == "/v2/" || request.path == "/v2") {
    return Response{.body = "{}"};
  }
  const auto route = parse_route(request.path);
  if (!route) {
    return error_response(404, "UNSUPPORTED", "404 page not found");
  }
  if (!valid_repository(route->repository)) {
    return error_response(400, "NAME_INVALID", "invalid repository name");
  }
  switch (route->kind) {
    case Route::Kind::kBlob:
      return serve_blob(exchange, *route);
    case Route::Kind::kUpload:
      return serve_upload(exchange, *route);
    case Route::Kind::kManifest:
      return serve_manifest(exchange, *route);
    case Route::Kind::kTags:
      return serve_tags(exchange, *route);
    case Route::Kind::kReferrers:
      return serve_referrers(exchange, *route);
  }
  return error_response(404, "UNSUPPORTED", "404 page not found");
}

TestRegistry::TestRegistry(std::unique_ptr<Server> server) : server_(std::move(server)) {}
TestRegistry::TestRegistry(TestRegistry&&) noexcept = default;
TestRegistry& TestRegistry::operator=(TestRegistry&&) noexcept = default;
TestRegistry::~TestRegistry() = default;

base::Result<TestRegistry> TestRegistry::start(Options options) {
  std::optional<base::TempDir> temporary;
  if (options.directory.empty()) {
    GANTRY_TRY(temporary, base::TempDir::create());
    options.directory = temporary->path();
  }
  GANTRY_CHECK(base::make_directories(options.directory));
  TlsContext context;
  if (options.tls) {
    GANTRY_TRY(context, make_tls_context(*options.tls));
  }
  const std::uint16_t port = options.port;
  auto server =
      std::make_unique<Server>(std::move(options), std::move(temporary), std::move(context));
  const auto served = [raw = server.get()](Server::Site site) {
    return [raw, site](Stream& stream, unsigned number) { raw->serve(stream, number, site); };
  };
  GANTRY_TRY(server->storage, Listener::open(0, server->line, served(Server::Site::kStorage)));
  GANTRY_TRY(server->registry, Listener::open(port, server->line, served(Server::Site::kRegistry)));
  return TestRegistry(std::move(server));
}

std::string TestRegistry::host() const {
  return fmt::format("127.0.0.1:{}", server_->registry->port());
}

std::string TestRegistry::url() const {
  return server_->origin(*server_->registry);
}

std::string TestRegistry::storage_host() const {
  return fmt::format("127.0.0.1:{}", server_->storage->port());
}

void TestRegistry::set_quirks(Quirks quirks) {
  const std::lock_guard lock(server_->quirks_mutex);
  server_->options.quirks = std::move(quirks);
}

Quirks TestRegistry::quirks() const {
  const std::lock_guard lock(server_->quirks_mutex);
  return server_->options.quirks;
}

void TestRegistry::add_fault(Fault fault) {
  server_->faults.add(std::move(fault));
}

void TestRegistry::clear_faults() {
  server_->faults.clear();
}

void TestRegistry::set_auth(AuthOptions options) {
  server_->authenticator.configure(std::move(options));
}

void TestRegistry::revoke_tokens() {
  server_->authenticator.revoke_tokens();
}

std::vector<TokenRequest> TestRegistry::token_requests() const {
  return server_->authenticator.token_requests();
}

void TestRegistry::break_connections(std::uint64_t every_bytes, unsigned times) {
  server_->line.times = times;
  server_->line.every_bytes = every_bytes;
}

std::vector<RecordedRequest> TestRegistry::requests() const {
  return server_->recorder.requests();
}

std::vector<RecordedRequest> TestRegistry::storage_requests() const {
  return server_->storage_recorder.requests();
}

std::size_t TestRegistry::count(std::string_view method, const std::string& target) const {
  return server_->recorder.count(method, target);
}

void TestRegistry::clear_requests() {
  server_->recorder.clear();
  server_->storage_recorder.clear();
  server_->authenticator.clear_token_requests();
}

void TestRegistry::create_repository(const std::string& name) {
  server_->state.storage.create_repository(name);
}

bool TestRegistry::has_blob(const std::string& repository, const content::Digest& digest) const {
  const auto blob = server_->state.storage.blob(repository, digest);
  return blob && !blob->evicted;
}

std::vector<std::string> TestRegistry::tags(const std::string& repository) const {
  return server_->state.storage.tags(repository).value_or(std::vector<std::string>());
}

bool TestRegistry::evict_blob(const content::Digest& digest) {
  return server_->state.storage.evict_blob(digest);
}

std::size_t TestRegistry::end_sessions() {
  return server_->state.uploads.clear();
}

}  // namespace gantry::test_registry
