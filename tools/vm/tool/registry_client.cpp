#include "vm/tool/registry_client.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "registry/environment.hpp"
#include "vm/tool/version.hpp"

namespace gantry::vm {

base::Result<std::unique_ptr<registry::Client>> make_registry_client(Patience patience) {
  registry::ClientOptions options;
  options.http = registry::http_options_of_environment();
  options.http.user_agent = fmt::format("gantry/{}", kVersion);
  if (patience == Patience::kShort) {
    options.http.connect_timeout = std::chrono::seconds(5);
    options.retry.attempts = 2;
  }
  options.transport = [http = options.http](std::string_view host) {
    return registry::transport_to(host, http, false);
  };
  options.warn = print_warning;
  return registry::Client::create(std::move(options));
}

void print_warning(const base::Error& error) {
  fmt::print(stderr, "gantry-vm: warning: {}{}{}\n", error.where, error.where.empty() ? "" : ": ",
             error.what);
  if (!error.hint.empty()) {
    fmt::print(stderr, "hint: {}\n", error.hint);
  }
}

}  // namespace gantry::vm
