#include "supply/key.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <new>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/file.hpp"

namespace gantry::supply {

using base::Result;

namespace {

constexpr std::uint64_t kMaximumPem = std::uint64_t{64} << 10;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;

/// Secrets do not stay in freed memory.
struct Wipe {
  std::string& text;
  ~Wipe() { OPENSSL_cleanse(text.data(), text.size()); }
};

Bio view(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) {
    throw std::bad_alloc();
  }
  return bio;
}

DigestContext digest_context() {
  DigestContext context(EVP_MD_CTX_new());
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  return context;
}

/// What OpenSSL asks for a password with.
struct Question {
  const std::optional<std::string>* password;
  bool asked = false;
};

int answer(char* buffer, int size, int /*writing*/, void* data) {
  auto& question = *static_cast<Question*>(data);
  question.asked = true;
  if (!question.password->has_value() ||
      (*question.password)->size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  const auto& password = **question.password;
  std::copy(password.begin(), password.end(), buffer);
  return static_cast<int>(password.size());
}

bool contains(std::string_view pem, std::string_view word) {
  return pem.find(word) != std::string_view::npos;
}

std::string without_blanks(std::string_view text) {
  std::string result;
  std::copy_if(text.begin(), text.end(), std::back_inserter(result),
               [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
  return result;
}

/// A key has one text but for blanks, so that a bit of it that was changed is noticed even where it
/// changes nothing: bits that Base64 leaves over, and points in their hybrid form.
Result<void> check_form(std::string_view pem, const PublicKey& key, const std::string& where) {
  // Up to the "4" of an uncompressed point (SEC 1, 2.3.3).
  constexpr std::string_view kBegin =
      "-----BEGINPUBLICKEY-----MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
  const auto written = without_blanks(key.pem());
  if (written.starts_with(kBegin) && without_blanks(pem) == written) {
    return {};
  }
  return base::Error{"the public key is not in its usual form: it has more text, or is damaged",
                     where, ""};
}

Result<void> check_curve(EVP_PKEY* key, const std::string& where) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) == 1 &&
      std::strcmp(name.data(), "prime256v1") == 0) {
    return {};
  }
  ERR_clear_error();
  return base::Error{"the key is not an ECDSA key on the curve P-256", where,
                     "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one"};
}

base::Error private_key_error(std::string_view pem, const Question& question,
                              const std::string& where) {
  ERR_clear_error();
  if (contains(pem, "ENCRYPTED SIGSTORE PRIVATE KEY") ||
      contains(pem, "ENCRYPTED COSIGN PRIVATE KEY")) {
    return {"the key is encrypted in cosign's own way, which OpenSSL cannot read", where,
            "make the key with OpenSSL; cosign import-key-pair takes it over"};
  }
  if (question.asked && !question.password->has_value()) {
    return {"the key is encrypted, and no password is given", where, ""};
  }
  if (question.asked) {
    return {"the password does not open the key", where, ""};
  }
  if (contains(pem, "BEGIN PUBLIC KEY")) {
    return {"this is the public key, and only the private one can sign", where, ""};
  }
  return {"this is not a private key in PEM", where, ""};
}

}  // namespace

Result<PublicKey> PublicKey::parse(std::string_view pem, const std::string& where) {
  KeyHandle key(PEM_read_bio_PUBKEY(view(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) {
    const bool is_private = contains(pem, "PRIVATE KEY");
    return base::Error{is_private ? "this is a private key, and verifying takes the public one"
                                  : "this is not a public key in PEM",
                       where, is_private ? "openssl pkey -in KEY -pubout writes it" : ""};
  }
  GANTRY_CHECK(check_curve(key.get(), where));
  PublicKey result(std::move(key));
  GANTRY_CHECK(check_form(pem, result, where));
  return result;
}

Result<PublicKey> PublicKey::read(const std::filesystem::path& path) {
  GANTRY_TRY(auto pem, base::read_file(path, kMaximumPem));
  const Wipe wipe{pem};
  return parse(pem, path.native());
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const auto context = digest_context();
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string PublicKey::pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) {
    throw std::bad_alloc();
  }
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

content::Digest PublicKey::fingerprint() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  if (size <= 0) {
    throw std::bad_alloc();
  }
  const auto digest = content::sha256(
      std::string_view(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

Result<PrivateKey> PrivateKey::parse(std::string_view pem,
                                     const std::optional<std::string>& password,
                                     const std::string& where) {
  Question question{&password};
  KeyHandle key(PEM_read_bio_PrivateKey(view(pem).get(), nullptr, answer, &question),
                EVP_PKEY_free);
  if (key == nullptr) {
    return private_key_error(pem, question, where);
  }
  ERR_clear_error();
  GANTRY_CHECK(check_curve(key.get(), where));
  return PrivateKey(std::move(key));
}

Result<PrivateKey> PrivateKey::read(const std::filesystem::path& path,
                                    const std::optional<std::string>& password) {
  GANTRY_TRY(auto pem, base::read_file(path, kMaximumPem));
  const Wipe wipe{pem};
  return parse(pem, password, path.native());
}

std::string PrivateKey::sign(std::string_view message) const {
  const auto context = digest_context();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, message.size()) != 1) {
    throw std::bad_alloc();
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, message.size()) != 1) {
    throw std::bad_alloc();
  }
  signature.resize(size);
  return signature;
}

}  // namespace gantry::supply
