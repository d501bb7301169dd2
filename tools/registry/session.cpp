#include "registry/session.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr int kMaximumRedirects = 5;
constexpr int kMaximumChallenges = 2;  // anonymous, then a token that has expired meanwhile

Outcome outcome_of(HttpOutcome outcome, const std::string& url) {
  if (!outcome.response) {
    return {std::move(outcome.response).error(), outcome.transient};
  }
  return {Answer{*std::move(outcome.response), url}, false};
}

/// 301 and 302 have turned a POST into a GET in too many programs to say anything about one.
bool is_redirect(const HttpRequest& request, const HttpResponse& response) {
  if (response.headers.get("Location").empty()) {
    return false;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auto status = response.status;
  return status == 307 || status == 308 ||
         (reads && (status == 301 || status == 302 || status == 303));
}

Result<std::string> redirect_target(const std::string& from, const HttpResponse& response) {
  const auto location = response.headers.get("Location");
  GANTRY_TRY(auto target, resolve_url(from, location));
  if (from.starts_with("https:") && target.starts_with("http:")) {
    return Error{fmt::format("redirected from https to '{}'", shown(target)), shown(from),
                 "what is asked for over TLS is not fetched without"};
  }
  return target;
}

}  // namespace

std::optional<std::uint64_t> HostMemory::largest_body() const {
  const auto bytes = largest_body_.load();
  return bytes == 0 ? std::nullopt : std::optional(bytes);
}

void HostMemory::learn_largest_body(std::uint64_t bytes) {
  auto known = largest_body_.load();
  while ((known == 0 || bytes < known) && !largest_body_.compare_exchange_weak(known, bytes)) {
  }
}

Session::Session(HttpClient& client, Authorizer& authorizer, Endpoint registry, RetryPolicy policy)
    : client_(client), authorizer_(authorizer), registry_(std::move(registry)), policy_(policy) {}

Outcome Session::perform(Operation operation) {
  auto url = resolve_url(to_text(registry_) + "/", operation.request.url);
  if (!url) {
    return {std::move(url).error(), false};
  }
  operation.request.url = *std::move(url);
  operation.request.repeatable = operation.repeatable;
  Backoff backoff(policy_);
  for (;;) {
    auto outcome = follow(operation);
    std::optional<std::chrono::milliseconds> asked;
    if (outcome.answer) {
      const auto& response = outcome.answer->response;
      // Who is told to slow down was not served.
      if (!is_passing(response.status) || (!operation.repeatable && response.status != 429)) {
        return outcome;
      }
      asked = retry_after(response, std::chrono::system_clock::now());
    } else if (!outcome.transient || !operation.repeatable) {
      return outcome;
    }
    const auto wait = backoff.next(asked);
    if (!wait || !wait_for(*wait)) {
      return outcome;
    }
  }
}

Outcome Session::follow(Operation operation) {
  auto& url = operation.request.url;
  bool left = false;  // who leads us back from elsewhere gets no credentials either
  for (int redirects = 0;; ++redirects) {
    const auto endpoint = endpoint_of(url);
    if (!endpoint) {
      return {endpoint.error(), false};
    }
    left = left || *endpoint != registry_;
    if (left && registry_.scheme == "https" && endpoint->scheme == "http") {
      return {Error{fmt::format("{} refers to '{}'", to_text(registry_), shown(url)), "",
                    "what is asked for over TLS is not fetched without"},
              false};
    }
    auto outcome = left ? perform_elsewhere(operation) : perform_here(operation);
    if (!outcome.answer || !is_redirect(operation.request, outcome.answer->response)) {
      return outcome;
    }
    if (redirects == kMaximumRedirects) {
      return {Error{fmt::format("more than {} redirects", kMaximumRedirects), shown(url), ""},
              false};
    }
    auto target = redirect_target(url, outcome.answer->response);
    if (!target) {
      return {std::move(target).error(), false};
    }
    url = *std::move(target);
  }
}

Outcome Session::perform_here(const Operation& operation) {
  for (int challenges = 0;; ++challenges) {
    const auto authorization = authorizer_.authorization(registry_, operation.scopes);
    auto request = operation.request;
    if (!authorization.empty()) {
      request.headers.emplace_back("Authorization", authorization);
    }
    auto outcome = outcome_of(client_.perform(request), request.url);
    if (!outcome.answer) {
      return outcome;
    }
    auto& answer = *outcome.answer;
    scope_ = answer.response.peer;
    const auto status = answer.response.status;
    if (status == 401 && challenges < kMaximumChallenges) {
      auto answered =
          authorizer_.answer(registry_, operation.scopes, authorization, answer.response);
      if (answered) {
        continue;
      }
      answer.refusal = std::move(answered).error();
    } else if (status == 401 || status == 403) {
      answer.refusal =
          authorizer_.refusal(registry_, operation.scopes, authorization, answer.response);
    }
    return outcome;
  }
}

Outcome Session::perform_elsewhere(const Operation& operation) {
  auto request = operation.request;
  request.named_by = scope_.load();
  return outcome_of(client_.perform(request), request.url);
}

}  // namespace gantry::registry
