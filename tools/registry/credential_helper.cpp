#include "registry/credential_helper.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/process.hpp"
#include "base/text.hpp"
#include "oci/json_document.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

/// The user name that goes with an identity token in place of a password.
constexpr std::string_view kTokenUser = "<token>";

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.+").find(c) != std::string_view::npos;
  });
}

/// What a failed helper said, as far as it may be shown: its first line, and nothing at all if it
/// holds the secret or looks like a helper's answer with one.
std::string quotable(const base::Finished& finished, std::string_view secret) {
  constexpr std::size_t kQuoted = 200;
  const auto text = base::trim(base::trim(finished.out).empty() ? finished.err : finished.out);
  const bool unsafe = text.find("\"Secret\"") != std::string_view::npos ||
                      (!secret.empty() && text.find(secret) != std::string_view::npos);
  const auto line = text.substr(0, std::min(text.find('\n'), kQuoted));
  return unsafe || line.empty() ? "" : ": " + base::printable(base::trim(line));
}

/// Every helper made from docker-credential-helpers says it in these words.
bool says_not_found(const base::Finished& finished) {
  return (finished.out + finished.err).find("credentials not found") != std::string::npos;
}

}  // namespace

Result<std::optional<std::string>> CredentialHelper::call(std::string_view verb, std::string input,
                                                          std::string_view secret) const {
  const auto failure = [&](std::string_view what) {
    return Error{fmt::format("the credential helper '{}' failed to {}{}", base::printable(name_),
                             verb, what),
                 "", ""};
  };
  if (!is_name(name_)) {
    return failure(": that is no name of a program docker-credential-NAME");
  }
  auto finished = base::run({.arguments = {"docker-credential-" + name_, std::string(verb)},
                             .input = std::move(input),
                             .timeout = timeout_});
  if (!finished) {
    return failure(": " + finished.error().what);
  }
  if (finished->exit_code == 0) {
    return std::optional(std::move(finished->out));
  }
  if (says_not_found(*finished)) {
    return std::optional<std::string>();
  }
  return failure(quotable(*finished, secret) + fmt::format(" (exit code {})", finished->exit_code));
}

Result<std::optional<Credentials>> CredentialHelper::get(std::string_view server) const {
  GANTRY_TRY(const auto answer, call("get", std::string(server)));
  if (!answer) {
    return std::optional<Credentials>();
  }
  // Whatever is wrong with it, the answer itself may be a secret: no parser's message is shown.
  const auto document = oci::JsonDocument::parse(*answer, "");
  std::string username;
  std::string secret;
  if (!document ||
      !oci::read_optional(document->root(), "Username", &oci::JsonValue::text, username) ||
      !oci::read_optional(document->root(), "Secret", &oci::JsonValue::text, secret)) {
    return Error{fmt::format("the credential helper '{}' failed to get: its answer is not the JSON "
                             "object that the protocol asks for",
                             name_),
                 "", ""};
  }
  if (username.empty() && secret.empty()) {
    return std::optional<Credentials>();
  }
  Credentials credentials;
  credentials.source = fmt::format("the credential helper '{}'", name_);
  if (username == kTokenUser) {
    credentials.identity_token = std::move(secret);
  } else {
    credentials.username = std::move(username);
    credentials.password = std::move(secret);
  }
  return std::optional(std::move(credentials));
}

Result<void> CredentialHelper::store(std::string_view server,
                                     const Credentials& credentials) const {
  const bool token = !credentials.identity_token.empty();
  const auto& secret = token ? credentials.identity_token : credentials.password;
  const nlohmann::json input = {
      {"ServerURL", server},
      {"Username", token ? std::string(kTokenUser) : credentials.username},
      {"Secret", secret}};
  GANTRY_TRY(const auto answer, call("store", oci::canonical(input), secret));
  if (!answer) {
    return Error{fmt::format("the credential helper '{}' failed to store", name_), "", ""};
  }
  return {};
}

Result<void> CredentialHelper::erase(std::string_view server) const {
  GANTRY_TRY(const auto answer, call("erase", std::string(server)));
  static_cast<void>(answer);
  return {};
}

Result<std::vector<std::string>> CredentialHelper::list() const {
  GANTRY_TRY(const auto answer, call("list", ""));
  const auto where = "docker-credential-" + name_ + " list";
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(answer.value_or("{}"), where));
  return document.root().keys();
}

}  // namespace gantry::registry
