#include "supply/signature.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "key_files.hpp"
#include "oci/layout.hpp"
#include "sample_image.hpp"

namespace gantry::supply {
namespace {

using oci::error_text;
using oci::expect_value;
using testing::HasSubstr;

class SignatureTest : public testing::Test {
 protected:
  static SignatureClaim claim() {
    return {"registry.example.org/app", content::sha256("manifest"), {}};
  }
  Signature signed_claim() const { return sign(key_, claim()); }
  base::Result<SignatureClaim> verify(const Signature& signature) const {
    return verify_signature(key_.public_key(), signature, claim().manifest, "");
  }
  /// A signature by the same key of any payload.
  Signature signed_text(const std::string& payload) const {
    return {payload, base::to_base64(key_.sign(payload))};
  }

  KeyFiles keys_;
  PrivateKey key_ = expect_value(PrivateKey::read(keys_.make("key"), {}));
};

// cosign's SIGNATURE_SPEC.md, "Simple Signing".
TEST_F(SignatureTest, PayloadIsCosigns) {
  EXPECT_EQ(
      signature_payload(claim()),
      R"({"critical":{"identity":{"docker-reference":"registry.example.org/app"},"image":{"docker-manifest-digest":")" +
          claim().manifest.text() +
          R"("},"type":"cosign container image signature"},"optional":null})");
  auto annotated = claim();
  annotated.annotations = {{"a", "b"}};
  EXPECT_THAT(signature_payload(annotated), HasSubstr(R"(,"optional":{"a":"b"}})"));
  EXPECT_EQ(expect_value(parse_signature_payload(signature_payload(annotated), "p")), annotated);
}

TEST_F(SignatureTest, PlainOpensslVerifiesIt) {
  const auto signature = signed_claim();
  ASSERT_TRUE(base::write_file(keys_.path("payload"), signature.payload));
  ASSERT_TRUE(base::write_file(keys_.path("signature"), *base::from_base64(signature.text)));
  const auto verify = [&] {
    return expect_value(base::run(
        {{"openssl", "dgst", "-sha256", "-verify", keys_.public_half("key").native(), "-signature",
          keys_.path("signature").native(), keys_.path("payload").native()}}));
  };
  EXPECT_EQ(verify().out, "Verified OK\n");
  ASSERT_TRUE(base::write_file(keys_.path("payload"), signature.payload + " "));
  EXPECT_NE(verify().exit_code, 0);
}

TEST_F(SignatureTest, VerifiesWhatOpensslSigned) {
  const auto payload = signature_payload(claim());
  ASSERT_TRUE(base::write_file(keys_.path("payload"), payload));
  keys_.openssl({"dgst", "-sha256", "-sign", keys_.path("key").native(), "-out",
                 keys_.path("signature").native(), keys_.path("payload").native()});
  const auto der = expect_value(base::read_file(keys_.path("signature")));
  EXPECT_EQ(expect_value(verify({payload, base::to_base64(der)})), claim());
}

TEST_F(SignatureTest, NoBitOfThePayloadCanChange) {
  const auto good = signed_claim();
  for (std::size_t bit = 0; bit < good.payload.size() * 8; ++bit) {
    auto bad = good;
    bad.payload[bit / 8] = static_cast<char>(bad.payload[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(error_text(verify(bad)), "the key has not signed this payload") << "bit " << bit;
  }
}

TEST_F(SignatureTest, NoBitOfTheSignatureCanChange) {
  const auto good = signed_claim();
  std::map<std::string, int> reasons;
  for (std::size_t bit = 0; bit < good.text.size() * 8; ++bit) {
    auto bad = good;
    bad.text[bit / 8] = static_cast<char>(bad.text[bit / 8] ^ (1 << (bit % 8)));
    ++reasons[error_text(verify(bad))];
  }
  EXPECT_GT(reasons["the key has not signed this payload"], 300);
  EXPECT_GT(reasons["the signature is not Base64"], 100);
  EXPECT_EQ(reasons.size(), 2);
  // The bytes themselves: DER has one form of each number.
  const auto der = *base::from_base64(good.text);
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    auto bad = der;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_EQ(error_text(verify({good.payload, base::to_base64(bad)})),
              "the key has not signed this payload")
        << "bit " << bit;
  }
}

TEST_F(SignatureTest, NoBitOfTheKeyCanChange) {
  const auto good = signed_claim();
  const auto pem = key_.public_key().pem();
  std::map<std::string, int> reasons;
  for (std::size_t bit = 0; bit < pem.size() * 8; ++bit) {
    auto text = pem;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    const auto key = PublicKey::parse(text, "key");
    ++reasons[key ? error_text(verify_signature(*key, good, claim().manifest, ""))
                  : error_text(key)];
  }
  // Nearly every change of a coordinate is no point of the curve.
  EXPECT_GT(reasons["key: this is not a public key in PEM"], 1000);
  EXPECT_GT(
      reasons["key: the public key is not in its usual form: it has more text, or is damaged"], 0);
  const std::set<std::string> known = {
      "key: this is not a public key in PEM",
      "key: this is a private key, and verifying takes the public one",
      "key: the public key is not in its usual form: it has more text, or is damaged",
      "key: the key is not an ECDSA key on the curve P-256", "the key has not signed this payload"};
  for (const auto& [reason, count] : reasons) {
    EXPECT_TRUE(known.contains(reason)) << reason << ", " << count << " times";
  }
}

TEST_F(SignatureTest, IsOfOneImage) {
  const auto other = content::sha256("another");
  EXPECT_EQ(error_text(verify_signature(key_.public_key(), signed_claim(), other, "s")),
            "s: the signature is for another image, " + claim().manifest.text());
}

TEST_F(SignatureTest, IsNoOtherStatementOfTheKey) {
  EXPECT_THAT(error_text(verify(signed_text("hello"))), HasSubstr("JSON"));
  EXPECT_EQ(error_text(verify(signed_text("{}"))), "'critical' is missing");
  EXPECT_EQ(
      error_text(verify(signed_text(R"({"critical":{"type":"atomic container signature"}})"))),
      "/critical/type: 'atomic container signature' is not an image's signature");
  EXPECT_EQ(
      error_text(verify(signed_text(
          R"({"critical":{"type":"cosign container image signature","identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"sha256:0"}}})"))),
      "/critical/image/docker-manifest-digest: 'sha256:0' is not a SHA-256 digest");
  const auto deep = std::string(100000, '[');
  EXPECT_FALSE(verify(signed_text(deep)));
}

// containers/image adds a time, as a number.
TEST_F(SignatureTest, MayCarryWhatOtherProgramsAdd) {
  auto payload = signature_payload(claim());
  payload.replace(payload.find("null"), 4,
                  R"({"creator":"skopeo","timestamp":1458239713,"x":null})");
  auto expected = claim();
  expected.annotations = {{"creator", "skopeo"}};
  EXPECT_EQ(expect_value(verify(signed_text(payload))), expected);
}

TEST_F(SignatureTest, IsAttachedAsCosignReadsIt) {
  const auto directory = expect_value(base::TempDir::create());
  const auto store = expect_value(oci::BlobStore::open(directory.path()));
  const auto image = oci::store_image(store, {}, {oci::empty_tar()});
  const auto signature = sign(key_, {"app", image.digest, {}});
  const auto written = expect_value(
      oci::write_referrer(store, image, signature_attachment(signature), signature.payload));
  EXPECT_EQ(written.artifact_type, "application/vnd.dev.cosign.artifact.sig.v1+json");
  const auto manifest =
      expect_value(oci::parse_manifest(expect_value(store.blobs().read_document(written)), "m"));
  EXPECT_EQ(manifest.config.media_type, "application/vnd.dev.cosign.artifact.sig.v1+json");
  ASSERT_EQ(manifest.layers.size(), 1);
  EXPECT_EQ(manifest.layers[0].media_type, "application/vnd.dev.cosign.simplesigning.v1+json");
  EXPECT_EQ(manifest.layers[0].annotations.at("dev.cosignproject.cosign/signature"),
            signature.text);
  const auto read = expect_value(read_signatures(store.blobs(), written));
  ASSERT_EQ(read.size(), 1);
  EXPECT_EQ(read[0].payload, signature.payload);
  EXPECT_EQ(read[0].text, signature.text);
}

TEST_F(SignatureTest, NoBitOfItsManifestCanChange) {
  const auto directory = expect_value(base::TempDir::create());
  const auto store = expect_value(oci::BlobStore::open(directory.path()));
  const auto image = oci::store_image(store, {}, {oci::empty_tar()});
  const auto signature = sign(key_, {"app", image.digest, {}});
  const auto written = expect_value(
      oci::write_referrer(store, image, signature_attachment(signature), signature.payload));
  const auto path = store.blobs().path_of(written.digest);
  const auto good = expect_value(base::read_file(path));
  for (std::size_t byte = 0; byte < good.size(); ++byte) {
    auto bad = good;
    bad[byte] = static_cast<char>(bad[byte] ^ (1 << (byte % 8)));
    ASSERT_TRUE(base::write_file(path, bad));
    ASSERT_THAT(error_text(read_signatures(store.blobs(), written)), HasSubstr("digest"))
        << "byte " << byte;
  }
}

TEST_F(SignatureTest, AManifestWithoutOneIsNone) {
  const auto directory = expect_value(base::TempDir::create());
  const auto store = expect_value(oci::BlobStore::open(directory.path()));
  const auto image = oci::store_image(store, {}, {oci::empty_tar()});
  auto attachment = signature_attachment(sign(key_, {"app", image.digest, {}}));
  attachment.blob_annotations.clear();
  const auto written = expect_value(oci::write_referrer(store, image, attachment, "{}"));
  EXPECT_THAT(
      error_text(read_signatures(store.blobs(), written)),
      HasSubstr(": the payload sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f6"
                "1caaff8a has no signature"));
}

// cosign's SIGNATURE_SPEC.md, "OCI Image Manifest V1": one manifest, a layer for each signature.
TEST_F(SignatureTest, StandsBesideOthersUnderCosignsTag) {
  const auto directory = *base::TempDir::create();
  const auto store = expect_value(oci::BlobStore::open(directory.path()));
  const auto first = signed_claim();
  const auto alone = expect_value(add_signature(store, std::nullopt, first, "t"));
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->config.media_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_FALSE(expect_value(add_signature(store, oci::to_json(*alone), first, "t")));

  auto foreign = *alone;
  foreign.layers[0].annotations["dev.sigstore.cosign/bundle"] = "{}";
  const auto second = sign(expect_value(PrivateKey::read(keys_.make("other"), {})), claim());
  const auto both = expect_value(add_signature(store, oci::to_json(foreign), second, "t"));
  ASSERT_TRUE(both);
  ASSERT_EQ(both->layers.size(), 2u);
  EXPECT_EQ(both->layers[0], foreign.layers[0]);
  EXPECT_EQ(expect_value(store.blobs().read_document(both->config)),
            R"({"architecture":"","config":{},"created":"0001-01-01T00:00:00Z","os":"","rootfs":{)"
            R"("diff_ids":[")" +
                both->layers[0].digest.text() + R"(",")" + both->layers[1].digest.text() +
                R"("],"type":"layers"}})");
  const auto manifest = expect_value(store.put(oci::to_json(*both), oci::media_type::kManifest));
  const auto read = expect_value(read_signatures(store.blobs(), manifest));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].text, second.text);
  EXPECT_TRUE(verify(read[0]));

  const auto damaged = add_signature(store, "{", second, "there");
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().where, HasSubstr("there"));
}

}  // namespace
}  // namespace gantry::supply
