#pragma once

#include <filesystem>
#include <memory>

#include <openssl/types.h>

#include "base/result.hpp"

namespace gantry::test_registry {

/// PEM files.
struct TlsOptions {
  std::filesystem::path certificate = {};
  std::filesystem::path key = {};
  std::filesystem::path client_ca =
      {};  ///< clients need a certificate by it; empty: they need none
};

struct FreeTlsContext {
  void operator()(SSL_CTX* context) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTlsContext>;

base::Result<TlsContext> make_tls_context(const TlsOptions& options);

/// Writes a new key and its self-signed certificate for 127.0.0.1 and localhost, which is its own
/// CA, as name.pem and name.key into the directory. It serves for clients too.
base::Result<TlsOptions> make_certificate(const std::filesystem::path& directory,
                                          const std::string& name = "registry");

}  // namespace gantry::test_registry
