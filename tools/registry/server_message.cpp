#include "registry/server_message.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "registry/http.hpp"

namespace gantry::registry {

namespace {

constexpr std::size_t kShown = 300;
constexpr std::size_t kMaximumErrors = 1000;

std::string line_of(std::string_view text) {
  const auto line = base::trim(text.substr(0, text.find('\n')));
  const auto shown = base::printable(line.substr(0, kShown));
  return line.size() > kShown ? shown + "..." : shown;
}

std::string text_of(const oci::JsonValue& object, std::string_view key) {
  const auto member = object.find(key);
  if (!member || !*member) {
    return "";
  }
  const auto text = (*member)->text();
  return text ? line_of(*text) : "";
}

struct ServerError {
  std::string code;
  std::string message;
};

/// {"errors": [{"code": "DENIED", "message": "..."}]}, as the distribution-spec has it.
ServerError first_error(const oci::JsonValue& root) {
  const auto errors = root.find("errors");
  if (!errors || !*errors) {
    return {};
  }
  const auto list = (*errors)->elements(kMaximumErrors);
  if (!list || list->empty()) {
    return {};
  }
  return {text_of(list->front(), "code"), text_of(list->front(), "message")};
}

}  // namespace

std::string error_code(const HttpResponse& response) {
  const auto document = oci::JsonDocument::parse(response.body, "");
  return document ? first_error(document->root()).code : "";
}

std::string server_message(const HttpResponse& response) {
  const auto body = base::trim(response.body);
  if (!body.starts_with('{')) {
    return body.starts_with('<') ? "" : line_of(body);  // a page is for browsers
  }
  const auto document = oci::JsonDocument::parse(body, "");
  if (!document) {
    return "";
  }
  const auto root = document->root();
  const auto [code, said] = first_error(root);
  if (!code.empty() || !said.empty()) {
    return code.empty() || said.empty() ? code + said : code + ": " + said;
  }
  // Of OAuth 2, of Docker Hub's token service, of proxies.
  for (const auto* key : {"error_description", "details", "message", "error"}) {
    if (auto text = text_of(root, key); !text.empty()) {
      return text;
    }
  }
  return "";
}

}  // namespace gantry::registry
