#include "registry/next_page.hpp"

namespace gantry::registry {

std::string_view next_page(const HttpResponse& response) {
  for (const auto link : response.headers.all("Link")) {
    const auto open = link.find('<');
    const auto close = link.find('>', open);
    if (close == std::string_view::npos) {
      continue;
    }
    const auto parameters = link.substr(close + 1);
    if (parameters.find("rel=\"next\"") != std::string_view::npos ||
        parameters.find("rel=next") != std::string_view::npos) {
      return link.substr(open + 1, close - open - 1);
    }
  }
  return "";
}

}  // namespace gantry::registry
