#include "registry/repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RepositoryTest : public RegistryFixture {
 protected:
  base::Result<Deletion> remove(const std::string& reference) {
    return repository("team/app", Access::kDelete).delete_manifest(reference);
  }

  oci::Descriptor config_of(const oci::Descriptor& image) {
    return oci::parse_manifest(*store_.blobs().read_document(image), "")->config;
  }
};

TEST_F(RepositoryTest, DeletesATagAndLeavesTheImage) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0", "1.1"}));
  EXPECT_EQ(*remove("1.0"), Deletion::kDone);
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("1.1"));
  EXPECT_TRUE(*repository().head_manifest(image.digest.text()));
}

TEST_F(RepositoryTest, DeletesAnImageWithItsTags) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0", "1.1"}));
  EXPECT_EQ(*remove(image.digest.text()), Deletion::kDone);
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre());
  EXPECT_FALSE(*repository().head_manifest(image.digest.text()));
}

TEST_F(RepositoryTest, TellsWhatCannotBeDeletedFromWhatIsNotThere) {
  ASSERT_TRUE(push(make_image({"a"})));
  EXPECT_EQ(*remove("2.0"), Deletion::kNotThere);
  set_quirk("no-tag-delete");
  EXPECT_EQ(*remove("1.0"), Deletion::kRefused);
  set_quirk("no-delete");
  EXPECT_EQ(*remove(content::sha256("x").text()), Deletion::kRefused);
}

TEST_F(RepositoryTest, SaysWhyTheRegistryDoesNotLetItBeDeleted) {
  add_fault(
      "method=DELETE,times=9,status=409,body={\"errors\":[{\"code\":\"DENIED\"\\,"
      "\"message\":\"in use\"}]}");
  const auto removed = remove("1.0");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().what, "DELETE manifests/1.0: the registry answers 409: DENIED: in use");
}

TEST_F(RepositoryTest, ReadsADocument) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  const auto config = config_of(image);
  const auto document = repository().get_document(config);
  ASSERT_TRUE(document) << document.error().what;
  EXPECT_EQ(*document, *store_.blobs().read_document(config));
}

TEST_F(RepositoryTest, BelievesNoDocumentWithAnotherDigest) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  add_fault("method=GET,target=/blobs/,wrong-byte-at=3");
  const auto document = repository().get_document(config_of(image));
  ASSERT_FALSE(document);
  EXPECT_THAT(document.error().what, HasSubstr(": the blob has the digest sha256:"));
}

TEST_F(RepositoryTest, ReadsNoEndlessDocument) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  add_fault("method=GET,target=/blobs/,times=9,endless");
  const auto document = repository().get_document(config_of(image));
  ASSERT_FALSE(document);
  EXPECT_THAT(document.error().what, HasSubstr("the answer is larger than 4.19 MB"));
}

}  // namespace
}  // namespace gantry::registry
