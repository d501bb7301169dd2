#include "registry/authorizer.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/scope_set.hpp"
#include "registry/server_message.hpp"
#include "registry/token.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

namespace {

/// A token that was got so short a time ago and is refused will not get better by getting another.
constexpr seconds kFresh{10};
/// Tokens are replaced so long before they expire, or a quarter of their lifetime.
constexpr seconds kMargin{30};

constexpr std::string_view kBearer = "Bearer ";

/// How to get tokens, as a challenge has said.
struct Service {
  std::string realm;
  std::string name;
  AddressScope peer = AddressScope::kPublic;
  bool operator==(const Service&) const = default;
};

struct HeldToken {
  Service service;
  ScopeSet scopes;
  std::string header;
  Time obtained;
  Time expires;

  bool usable(Time now) const { return now < expires; }
  bool due(Time now) const {
    return expires - now < std::min<Time::duration>(kMargin, (expires - obtained) / 4);
  }
  bool fresh(Time now) const { return usable(now) && now - obtained < kFresh; }
};

using Fetched = std::shared_future<Result<HeldToken>>;

/// What is known of one registry.
struct Host {
  bool basic = false;
  std::optional<Service> service;           // of its last Bearer challenge
  std::vector<HeldToken> tokens;            // none covers another of the same service
  ScopeSet granted;                         // all that tokens were ever got for
  std::map<std::string, Fetched> fetching;  // by realm, service and scopes
};

const Challenge* find_challenge(const std::vector<Challenge>& challenges, std::string_view scheme) {
  const auto found =
      std::find_if(challenges.begin(), challenges.end(),
                   [&](const Challenge& challenge) { return challenge.scheme == scheme; });
  return found == challenges.end() ? nullptr : &*found;
}

std::string basic_header(const Credentials& credentials) {
  return "Basic " + base::to_base64(credentials.username + ":" + credentials.password);
}

std::string login_hint(const Endpoint& registry) {
  return fmt::format("to log in: gantry registry login {}", host_of(registry));
}

/// Of an answer that offers nothing we can do.
Error unanswerable(const Endpoint& registry, const std::vector<Challenge>& challenges) {
  std::vector<std::string> schemes;
  for (const auto& challenge : challenges) {
    schemes.push_back(base::printable(challenge.scheme));
  }
  return {
      schemes.empty()
          ? "the registry asks for authentication, but does not say by which scheme"
          : fmt::format("the registry asks for authentication by {}; gantry knows basic and bearer",
                        base::join(schemes, ", ")),
      host_of(registry), ""};
}

}  // namespace

struct Authorizer::State {
  State(CredentialStore& store, Perform perform_request, Clock chosen)
      : credentials(store), perform(std::move(perform_request)), clock(std::move(chosen)) {}

  Time now() const { return clock ? clock() : std::chrono::system_clock::now(); }

  /// Under the lock: the newest token that covers scopes.
  static HeldToken* find(Host& host, const ScopeSet& scopes) {
    const auto found =
        std::find_if(host.tokens.rbegin(), host.tokens.rend(),
                     [&](const HeldToken& token) { return token.scopes.covers(scopes); });
    return found == host.tokens.rend() ? nullptr : &*found;
  }

  /// Under the lock.
  static void keep(Host& host, const HeldToken& token) {
    std::erase_if(host.tokens,
                  [&](const HeldToken& old) { return token.scopes.covers(old.scopes); });
    host.tokens.push_back(token);
    host.granted.add(token.scopes);
  }

  Result<HeldToken> fetch_now(const Endpoint& registry, const Service& service,
                              const ScopeSet& scopes) {
    GANTRY_TRY(const auto login, credentials.find(host_of(registry), scopes.repository()));
    GANTRY_TRY(const auto token,
               fetch_token(perform, {registry, service.peer, service.realm, service.name, scopes},
                           login, now()));
    return HeldToken{service, scopes, std::string(kBearer) + token.value, now(), token.expires};
  }

  /// Gets a token other than the one refused, or waits for the thread that is getting the same.
  Result<HeldToken> fetch(const Endpoint& registry, const Service& service, const ScopeSet& scopes,
                          std::string_view refused) {
    const auto key =
        fmt::format("{}\n{}\n{}", service.realm, service.name, base::join(scopes.texts(), " "));
    std::unique_lock lock(mutex);
    auto& host = hosts[to_text(registry)];
    if (const auto* const held = find(host, scopes);
        held != nullptr && held->header != refused && !held->due(now())) {
      return *held;
    }
    if (const auto flight = host.fetching.find(key); flight != host.fetching.end()) {
      const auto fetched = flight->second;
      lock.unlock();
      return fetched.get();
    }
    std::promise<Result<HeldToken>> promise;
    host.fetching.emplace(key, promise.get_future().share());
    lock.unlock();
    auto result = fetch_now(registry, service, scopes);
    lock.lock();
    if (result) {
      keep(host, *result);
    }
    host.fetching.erase(key);
    lock.unlock();
    promise.set_value(result);
    return result;
  }

  Result<void> answer_basic(const Endpoint& registry, const ScopeSet& scopes, std::string_view sent,
                            const Error& refusal) {
    GANTRY_TRY(const auto login, credentials.find(host_of(registry), scopes.repository()));
    if (!login || login->password.empty()) {
      return Error{"the registry asks for a user name and a password, and none are known for it",
                   host_of(registry), login_hint(registry)};
    }
    if (sent == basic_header(*login)) {
      return refusal;
    }
    const std::scoped_lock lock(mutex);
    hosts[to_text(registry)].basic = true;
    return {};
  }

  Result<void> answer_bearer(const Endpoint& registry, const Service& service, ScopeSet scopes,
                             std::string_view sent, const Error& refusal) {
    {
      const std::scoped_lock lock(mutex);
      auto& host = hosts[to_text(registry)];
      host.basic = false;
      host.service = service;
      scopes.add(host.granted.on_resources_of(scopes));
      const auto refused =
          std::find_if(host.tokens.begin(), host.tokens.end(),
                       [&](const HeldToken& token) { return token.header == sent; });
      if (refused != host.tokens.end()) {
        if (refused->fresh(now()) && refused->scopes.covers(scopes)) {
          return refusal;
        }
        host.tokens.erase(refused);
      }
    }
    GANTRY_TRY(const auto token, fetch(registry, service, scopes, sent));
    return token.header == sent ? Result<void>(refusal) : Result<void>();
  }

  CredentialStore& credentials;
  Perform perform;
  Clock clock;
  std::mutex mutex;  // guards hosts; not held while anybody is asked for anything
  std::map<std::string, Host> hosts;
};

Authorizer::Authorizer(CredentialStore& credentials, Perform perform, Clock clock)
    : state_(std::make_unique<State>(credentials, std::move(perform), std::move(clock))) {}
Authorizer::Authorizer(Authorizer&&) noexcept = default;
Authorizer& Authorizer::operator=(Authorizer&&) noexcept = default;
Authorizer::~Authorizer() = default;

std::string Authorizer::authorization(const Endpoint& registry, const Scopes& scopes) {
  ScopeSet wanted(scopes);
  std::optional<Service> service;
  std::string still_good;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->hosts.find(to_text(registry));
    if (found == state_->hosts.end()) {
      return "";
    }
    auto& host = found->second;
    const auto* const held = host.basic ? nullptr : State::find(host, wanted);
    if (held != nullptr && !held->due(state_->now())) {
      return held->header;
    }
    if (held != nullptr) {
      service = held->service;
      wanted = held->scopes;
      still_good = held->usable(state_->now()) ? held->header : "";
    } else if (!host.basic) {
      service = host.service;
      wanted.add(host.granted.on_resources_of(wanted));
    }
    if (!host.basic && !service) {
      return "";
    }
  }
  if (service) {
    const auto token = state_->fetch(registry, *service, wanted, "");
    return token ? token->header : still_good;
  }
  const auto login = state_->credentials.find(host_of(registry), wanted.repository());
  return login && *login ? basic_header(**login) : "";
}

Result<void> Authorizer::answer(const Endpoint& registry, const Scopes& scopes,
                                std::string_view sent, const HttpResponse& unauthorized) {
  const auto challenges = parse_challenges(unauthorized.headers.all("WWW-Authenticate"));
  const auto* const bearer = find_challenge(challenges, "bearer");
  const auto refused = refusal(registry, scopes, sent, unauthorized);
  ScopeSet wanted(scopes);
  if (bearer != nullptr && !bearer->parameter("realm").empty()) {
    wanted.add(bearer->parameter("scope"));
    const Service service = {std::string(bearer->parameter("realm")),
                             std::string(bearer->parameter("service")), unauthorized.peer};
    return state_->answer_bearer(registry, service, std::move(wanted), sent, refused);
  }
  if (find_challenge(challenges, "basic") != nullptr) {
    return state_->answer_basic(registry, wanted, sent, refused);
  }
  return unanswerable(registry, challenges);
}

Error Authorizer::refusal(const Endpoint& registry, const Scopes& scopes, std::string_view sent,
                          const HttpResponse& refused) const {
  const ScopeSet wanted(scopes);
  const auto said = server_message(refused);
  Error error{
      fmt::format("the registry answers {}{}{}", refused.status, said.empty() ? "" : ": ", said),
      host_of(registry), ""};
  if (sent.starts_with(kBearer)) {
    const auto granted = granted_scopes(sent.substr(kBearer.size()));
    if (granted && !granted->covers(wanted)) {
      const auto given = granted->on_resources_of(wanted).texts();
      error.what += fmt::format("; its token grants {} and not {}",
                                given.empty() ? "nothing" : base::printable(base::join(given, " ")),
                                base::join(wanted.without(*granted).texts(), " "));
    }
  }
  const auto login = state_->credentials.find(host_of(registry), wanted.repository());
  if (!login || !*login) {
    error.hint = login_hint(registry);
  } else if (registry.host == "ghcr.io" && wanted.has_action("push")) {
    error.hint =
        "a workflow needs 'packages: write', and a package that exists must be linked to the "
        "workflow's repository, for example by the label org.opencontainers.image.source";
  } else {
    error.hint = fmt::format("the credentials are from {}", (*login)->source);
  }
  return error;
}

}  // namespace gantry::registry
