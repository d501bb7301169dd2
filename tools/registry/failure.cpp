#include "registry/failure.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "registry/server_message.hpp"

namespace gantry::registry {

namespace {

constexpr std::size_t kShown = 100;  // of a pause

std::string hint_of(int status, std::string_view code) {
  if (code == "NAME_UNKNOWN") {
    return "some registries want a repository to be created before anything is pushed to it, and "
           "take lower-case names only";
  }
  if (code == "TAG_INVALID" || code == "TAG_IMMUTABLE" || status == 409) {
    return "the registry may not let tags be moved";
  }
  if (status == 413) {
    return "the registry, or a proxy before it, takes no body of that size";
  }
  if (status == 429 || code == "TOOMANYREQUESTS") {
    return "the registry limits how often it may be asked; logging in often raises the limit";
  }
  return status >= 500 ? "the registry itself has failed: its operator's log may say why" : "";
}

}  // namespace

base::Error failure(const Answer& answer, const Endpoint& registry, std::string_view repository,
                    std::string_view step) {
  const auto where = fmt::format("{}/{}", to_text(registry), repository);
  if (answer.refusal) {
    auto error = *answer.refusal;
    error.what = fmt::format("{}: {}", step, error.what);
    if (error.where.find('/') == std::string::npos) {  // the host alone
      error.where = where;
    }
    return error;
  }
  const auto& response = answer.response;
  const auto said = server_message(response);
  auto what = fmt::format("{}: the registry answers {}", step, response.status);
  if (const auto answering = endpoint_of(answer.url); answering && *answering != registry) {
    what = fmt::format("{}: {} answers {}", step, to_text(*answering), response.status);
  }
  if (!said.empty()) {
    what += ": " + said;
  }
  if (const auto after = response.headers.get("Retry-After"); !after.empty()) {
    what += fmt::format(" (retry after {})", base::printable(after.substr(0, kShown)));
  }
  return {std::move(what), where, hint_of(response.status, error_code(response))};
}

}  // namespace gantry::registry
