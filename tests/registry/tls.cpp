#include "tests/registry/tls.hpp"

#include <cstdio>
#include <string>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace gantry::test_registry {

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

base::Error tls_error(std::string what, const std::filesystem::path& path) {
  const unsigned long code = ERR_get_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return base::Error{
      std::move(what) + (reason == nullptr ? "" : std::string(": ") + reason), path, {}};
}

bool add_extension(X509& certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

Certificate self_signed(EVP_PKEY& key, const std::string& name) {
  Certificate certificate(X509_new());
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  const auto* const text = reinterpret_cast<const unsigned char*>(name.c_str());
  const bool good =
      X509_set_version(certificate.get(), 2) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400) != nullptr &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
      X509_set_issuer_name(certificate.get(), subject) == 1 &&
      X509_set_pubkey(certificate.get(), &key) == 1 &&
      add_extension(*certificate, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(*certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
      X509_sign(certificate.get(), &key, EVP_sha256()) > 0;
  return good ? std::move(certificate) : nullptr;
}

}  // namespace

void FreeTlsContext::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

base::Result<TlsContext> make_tls_context(const TlsOptions& options) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) {
    return tls_error("cannot make a TLS context", {});
  }
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate.c_str()) != 1) {
    return tls_error("cannot read the certificate", options.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_error("cannot read the key, or it is not the certificate's", options.key);
  }
  if (!options.client_ca.empty()) {
    if (SSL_CTX_load_verify_file(context.get(), options.client_ca.c_str()) != 1) {
      return tls_error("cannot read the certificates of the clients' CA", options.client_ca);
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  }
  return context;
}

base::Result<TlsOptions> make_certificate(const std::filesystem::path& directory,
                                          const std::string& name) {
  const TlsOptions made{.certificate = directory / (name + ".pem"),
                        .key = directory / (name + ".key"),
                        .client_ca = {}};
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = key ? self_signed(*key, name) : nullptr;
  if (!certificate) {
    return tls_error("cannot make a certificate", {});
  }
  const File certificate_file(std::fopen(made.certificate.c_str(), "w"));
  const File key_file(std::fopen(made.key.c_str(), "w"));
  if (!certificate_file || PEM_write_X509(certificate_file.get(), certificate.get()) != 1 ||
      !key_file ||
      PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return tls_error("cannot write a certificate and its key", directory);
  }
  return made;
}

}  // namespace gantry::test_registry
