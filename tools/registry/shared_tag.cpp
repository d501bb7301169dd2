#include "registry/shared_tag.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "oci/descriptor.hpp"
#include "oci/json_document.hpp"
#include "registry/server_message.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr int kMaximumAttempts = 30;

/// Waits so long that whoever has read before us has written by then, if he is not much slower.
void settle(std::chrono::steady_clock::duration step, const RetryPolicy& policy) {
  static thread_local std::minstd_rand random(std::random_device{}());
  using Clock = std::chrono::steady_clock;
  const auto shortest = std::max<Clock::duration>(2 * step, policy.first);
  std::uniform_int_distribution<Clock::rep> wait(shortest.count(), 2 * shortest.count());
  std::this_thread::sleep_for(Clock::duration(wait(random)));
}

}  // namespace

SharedTag::SharedTag(const Repository& repository, std::string tag, std::string noun,
                     std::string hint)
    : repository_(repository),
      tag_(std::move(tag)),
      path_("manifests/" + tag_),
      noun_(std::move(noun)),
      hint_(std::move(hint)) {}

Result<std::optional<std::string>> SharedTag::read() const {
  GANTRY_TRY(auto state, read_state());
  return std::move(state.document);
}

Result<SharedTag::State> SharedTag::read_state() const {
  auto operation = repository_.operation("GET", path_);
  operation.request.headers.emplace_back(
      "Accept", fmt::format("{}, {}", oci::media_type::kIndex, oci::media_type::kManifest));
  operation.request.maximum_body = oci::kMaximumDocument;
  GANTRY_TRY(auto answer, repository_.session().perform(std::move(operation)).answer);
  if (answer.response.status == 404) {
    return State{};
  }
  if (!answer.response.successful()) {
    return repository_.failed(answer, "GET " + path_);
  }
  return State{std::move(answer.response.body), std::string(answer.response.headers.get("ETag"))};
}

/// False: somebody else was faster.
Result<bool> SharedTag::write(const State& state, std::string_view media_type,
                              std::string document) const {
  auto operation = repository_.operation("PUT", path_);
  TextBody body(std::move(document));
  operation.request.body = &body;
  auto& headers = operation.request.headers;
  headers.emplace_back("Content-Type", media_type);
  if (!state.document) {
    headers.emplace_back("If-None-Match", "*");
  } else if (!state.entity_tag.empty()) {
    headers.emplace_back("If-Match", state.entity_tag);
  }
  GANTRY_TRY(const auto answer, repository_.session().perform(std::move(operation)).answer);
  const auto status = answer.response.status;
  if (status == 412 || status == 409 || error_code(answer.response) == "DIGEST_INVALID") {
    return false;  // the last: see Repository::put_manifest
  }
  if (!answer.response.successful()) {
    auto error = repository_.failed(answer, "PUT " + path_);
    error.hint += (error.hint.empty() ? "" : "; ") + hint_;
    return error;
  }
  return true;
}

Result<bool> SharedTag::change(std::string_view media_type, const Change& change) const {
  const auto& policy = repository_.session().policy();
  for (int attempt = 0; attempt < kMaximumAttempts; ++attempt) {
    if (base::interrupted()) {
      return Error{"interrupted", "", ""};
    }
    const auto begin = std::chrono::steady_clock::now();
    GANTRY_TRY(const auto state, read_state());
    GANTRY_TRY(auto changed, change(state.document));
    if (!changed) {
      return attempt > 0;
    }
    GANTRY_TRY(const bool written, write(state, media_type, *std::move(changed)));
    static_cast<void>(written);
    settle(std::chrono::steady_clock::now() - begin, policy);
  }
  return Error{noun_ + " is overwritten by others again and again",
               fmt::format("{}:{}", repository_.name(), tag_), ""};
}

}  // namespace gantry::registry
