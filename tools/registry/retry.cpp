#include "registry/retry.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <thread>

#include "base/interrupt.hpp"
#include "base/text.hpp"
#include "registry/libcurl.hpp"

namespace gantry::registry {

using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

constexpr std::uint64_t kDay = 86'400;  // seconds; more is as good as for ever

std::optional<milliseconds> from_header(std::string_view value, system_clock::time_point now) {
  if (const auto seconds = base::parse_unsigned(base::trim(value))) {
    return std::chrono::seconds(std::min(*seconds, kDay));
  }
  if (!load_libcurl()) {
    return std::nullopt;
  }
  const auto date = libcurl().getdate(std::string(value).c_str(), nullptr);
  if (date < 0) {
    return std::nullopt;
  }
  const auto time = std::chrono::ceil<milliseconds>(system_clock::from_time_t(date) - now);
  return std::clamp(time, milliseconds(0), milliseconds(std::chrono::seconds(kDay)));
}

/// A duration as Go writes it, of one unit: "880µs", "1.5s".
std::optional<milliseconds> from_body(std::string_view body) {
  constexpr std::string_view kKey = "retry-after: ";
  const auto found = body.find(kKey);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string text(body.substr(found + kKey.size(), 32));
  char* unit = nullptr;
  const double number = std::strtod(text.c_str(), &unit);
  const std::string_view rest(unit);
  if (unit == text.c_str() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  double factor = 0;
  if (rest.starts_with("ms")) {
    factor = 1;
  } else if (rest.starts_with("\u00b5s") || rest.starts_with("\u03bcs") || rest.starts_with("us")) {
    factor = 1e-3;
  } else if (rest.starts_with("ns")) {
    factor = 1e-6;
  } else if (rest.starts_with("s")) {
    factor = 1e3;
  } else if (rest.starts_with("m")) {
    factor = 6e4;
  } else {
    return std::nullopt;
  }
  return milliseconds(static_cast<std::int64_t>(
      std::ceil(std::min(number * factor, static_cast<double>(kDay) * 1e3))));
}

}  // namespace

Backoff::Backoff(const RetryPolicy& policy) : policy_(policy), random_(std::random_device()()) {}

std::optional<milliseconds> Backoff::next(std::optional<milliseconds> asked) {
  ++failures_;
  if (failures_ >= policy_.attempts || (asked && *asked > policy_.longest_asked)) {
    return std::nullopt;
  }
  auto time = policy_.first;
  for (unsigned i = 1; i < failures_ && time < policy_.longest; ++i) {
    time *= 2;
  }
  time = std::min(time, policy_.longest);
  std::uniform_int_distribution<milliseconds::rep> chance(time.count() / 2, time.count());
  const milliseconds own(chance(random_));
  return asked ? std::max(*asked, own) : own;
}

bool is_passing(int status) {
  switch (status) {
    case 408:
    case 425:
    case 429:
    case 499:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return status >= 520 && status <= 530;  // Cloudflare's
  }
}

std::optional<milliseconds> retry_after(const HttpResponse& response,
                                        system_clock::time_point now) {
  if (const auto value = response.headers.get("Retry-After"); !value.empty()) {
    return from_header(value, now);
  }
  return response.successful() ? std::nullopt : from_body(response.body);
}

bool wait_for(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!base::interrupted()) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= decltype(left)::zero()) {
      return true;
    }
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, milliseconds(50)));
  }
  return false;
}

HttpOutcome perform_with_retries(HttpClient& client, const HttpRequest& request,
                                 const RetryPolicy& policy) {
  Backoff backoff(policy);
  for (;;) {
    auto outcome = client.perform(request);
    const auto& response = outcome.response;
    if (response ? !is_passing(response->status) : !outcome.transient) {
      return outcome;
    }
    const auto wait =
        backoff.next(response ? retry_after(*response, system_clock::now()) : std::nullopt);
    if (!wait || !wait_for(*wait)) {
      return outcome;
    }
  }
}

}  // namespace gantry::registry
