#include "registry/blob_origins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::registry {
namespace {

using testing::HasSubstr;

class Origins : public testing::Test {
 protected:
  oci::Descriptor blob(const std::string& content) const {
    oci::Descriptor descriptor;
    descriptor.digest = content::sha256(content);
    return descriptor;
  }

  base::TempDir directory_ = *base::TempDir::create();
  BlobOrigins origins_ = BlobOrigins(directory_.path());
};

TEST_F(Origins, AreFoundAsTheyWereRecorded) {
  const std::vector blobs = {blob("a"), blob("b")};
  const BlobOrigin plain{"example.org/os/base:1"};
  const BlobOrigin secret{"example.org/os/base:1", Transport::kTls, "/ca", "/cert", "/key"};
  EXPECT_EQ(*origins_.find(blobs[0].digest), std::nullopt);
  ASSERT_TRUE(origins_.record(blobs, plain));
  EXPECT_EQ(*origins_.find(blobs[0].digest), plain);
  EXPECT_EQ(*origins_.find(blobs[1].digest), plain);
  ASSERT_TRUE(origins_.record(std::span(blobs).first(1), secret));
  EXPECT_EQ(*origins_.find(blobs[0].digest), secret);
  EXPECT_EQ(*origins_.find(blobs[1].digest), plain);
}

TEST_F(Origins, ADamagedRecordIsAnError) {
  const std::vector blobs = {blob("a")};
  ASSERT_TRUE(origins_.record(blobs, {"example.org/os/base:1"}));
  const auto path = directory_.path() / "origins" / blobs[0].digest.hex();
  ASSERT_TRUE(base::write_file(path, R"({"image":"example.org/a","transport":"pigeon"})"));
  const auto found = origins_.find(blobs[0].digest);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what, HasSubstr("'pigeon' is no way to speak to a registry"));
  EXPECT_EQ(found.error().where, path.native());
}

}  // namespace
}  // namespace gantry::registry
