#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::supply {

/// An OpenSSL key that is freed with its last copy.
using KeyHandle = std::shared_ptr<EVP_PKEY>;

/// The public half of an ECDSA key on the curve P-256.
class PublicKey {
 public:
  /// From PEM ("PUBLIC KEY"). where names it in errors.
  static base::Result<PublicKey> parse(std::string_view pem, const std::string& where);
  static base::Result<PublicKey> read(const std::filesystem::path& path);

  /// Whether signature (DER, as X9.62 has it) is over the SHA-256 digest of message, by this key.
  bool verifies(std::string_view message, std::string_view signature) const;

  /// As PEM.
  std::string pem() const;

  /// Of its DER form: what to tell keys apart by.
  content::Digest fingerprint() const;

 private:
  friend class PrivateKey;
  explicit PublicKey(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

/// An ECDSA key on the curve P-256.
class PrivateKey {
 public:
  /// From PEM: PKCS #8 ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY") or OpenSSL's own ("EC PRIVATE
  /// KEY"). An encrypted key without a password, or with a wrong one, is an error.
  static base::Result<PrivateKey> parse(std::string_view pem,
                                        const std::optional<std::string>& password,
                                        const std::string& where);
  static base::Result<PrivateKey> read(const std::filesystem::path& path,
                                       const std::optional<std::string>& password);

  /// The signature (DER) of the message's SHA-256 digest. Each call gives another one.
  std::string sign(std::string_view message) const;

  PublicKey public_key() const { return PublicKey(key_); }

 private:
  explicit PrivateKey(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

}  // namespace gantry::supply
