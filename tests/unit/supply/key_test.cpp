#include "supply/key.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "key_files.hpp"
#include "sample_image.hpp"

namespace gantry::supply {
namespace {

using oci::error_text;
using oci::expect_value;

class KeyTest : public testing::Test {
 protected:
  std::string private_error(const std::string& pem, std::optional<std::string> password = {}) {
    return error_text(PrivateKey::parse(pem, password, "key"));
  }
  static std::string public_error(const std::string& pem) {
    return error_text(PublicKey::parse(pem, "key"));
  }

  KeyFiles keys_;
};

TEST_F(KeyTest, SignsWhatItsPublicHalfVerifies) {
  const auto key = expect_value(PrivateKey::read(keys_.make("a"), {}));
  const auto verifier = expect_value(PublicKey::read(keys_.public_half("a")));
  const auto signature = key.sign("message");
  EXPECT_TRUE(verifier.verifies("message", signature));
  EXPECT_FALSE(verifier.verifies("massage", signature));
  EXPECT_FALSE(verifier.verifies("message", ""));
  EXPECT_FALSE(verifier.verifies("message", signature + '\0'));
  EXPECT_EQ(verifier.fingerprint(), key.public_key().fingerprint());
  EXPECT_EQ(verifier.pem(), expect_value(base::read_file(keys_.public_half("a"))));
  const auto other = expect_value(PrivateKey::read(keys_.make("b"), {}));
  EXPECT_FALSE(other.public_key().verifies("message", signature));
}

TEST_F(KeyTest, OpensWithItsPassword) {
  const auto plain = keys_.make("a");
  const auto encrypted = keys_.path("encrypted");
  keys_.openssl({"pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:secret", "-in",
                 plain.native(), "-out", encrypted.native()});
  const auto key = expect_value(PrivateKey::read(encrypted, "secret"));
  EXPECT_EQ(key.public_key().pem(), expect_value(PrivateKey::read(plain, {})).public_key().pem());
  EXPECT_EQ(error_text(PrivateKey::read(encrypted, {})),
            encrypted.native() + ": the key is encrypted, and no password is given");
  EXPECT_EQ(error_text(PrivateKey::read(encrypted, "Secret")),
            encrypted.native() + ": the password does not open the key");
  EXPECT_EQ(error_text(PrivateKey::read(encrypted, std::string(100000, 'x'))),
            encrypted.native() + ": the password does not open the key");
}

TEST_F(KeyTest, ReadsOpensslsOwnForms) {
  const auto key = keys_.path("ec");
  keys_.openssl({"ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key.native()});
  EXPECT_TRUE(PrivateKey::read(key, {}));
  const auto encrypted = keys_.path("ec-encrypted");
  keys_.openssl({"ec", "-aes128", "-passout", "pass:secret", "-in", key.native(), "-out",
                 encrypted.native()});
  EXPECT_TRUE(PrivateKey::read(encrypted, "secret"));
  EXPECT_EQ(error_text(PrivateKey::read(encrypted, "wrong")),
            encrypted.native() + ": the password does not open the key");
}

TEST_F(KeyTest, IsOnTheOneCurve) {
  constexpr const char* kOther = ": the key is not an ECDSA key on the curve P-256";
  keys_.openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out",
                 keys_.path("p384").native()});
  keys_.openssl({"genpkey", "-algorithm", "ed25519", "-out", keys_.path("ed25519").native()});
  keys_.openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1", "-out",
                 keys_.path("k1").native()});
  for (const auto* const name : {"p384", "ed25519", "k1"}) {
    const auto file = keys_.path(name);
    EXPECT_EQ(error_text(PrivateKey::read(file, {})), file.native() + kOther);
    const auto half = keys_.public_half(name);
    EXPECT_EQ(error_text(PublicKey::read(half)), half.native() + kOther);
  }
}

TEST_F(KeyTest, SaysWhatIsNoKey) {
  const auto pem = expect_value(base::read_file(keys_.make("a")));
  const auto half = expect_value(base::read_file(keys_.public_half("a")));
  EXPECT_EQ(private_error(half), "key: this is the public key, and only the private one can sign");
  EXPECT_EQ(public_error(pem), "key: this is a private key, and verifying takes the public one");
  EXPECT_EQ(private_error(""), "key: this is not a private key in PEM");
  EXPECT_EQ(public_error(""), "key: this is not a public key in PEM");
  EXPECT_EQ(public_error(half.substr(0, half.size() / 2)), "key: this is not a public key in PEM");
  EXPECT_EQ(private_error("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAA==\n"
                          "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n"),
            "key: the key is encrypted in cosign's own way, which OpenSSL cannot read");
  const auto big = keys_.path("big");
  ASSERT_TRUE(base::write_file(big, std::string(65537, 'x')));
  EXPECT_FALSE(PublicKey::read(big));
}

}  // namespace
}  // namespace gantry::supply
