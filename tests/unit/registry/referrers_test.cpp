#include "registry/referrers.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/referrer.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using test_registry::Fault;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class ReferrersTest : public RegistryFixture {
 protected:
  oci::Descriptor attachment(const std::string& content, const char* type = "application/a") {
    return *oci::write_referrer(store_, image_, {.artifact_type = type}, content);
  }
  base::Result<bool> attach(const oci::Descriptor& manifest) {
    auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
    return push_referrer(repository(), store_.blobs(), manifest, locations);
  }
  std::vector<std::string> listed() {
    const auto list = list_referrers(repository(), image_.digest);
    EXPECT_TRUE(list) << list.error().what;
    std::vector<std::string> digests;
    for (const auto& descriptor : *list) {
      digests.push_back(descriptor.digest.text());
    }
    return digests;
  }
  /// As a registry that knows nothing of conditions.
  void drop_entity_tags() {
    Fault fault;
    fault.target = "/manifests/sha256-";
    fault.times = Fault::kAlways;
    fault.headers = {{"ETag", ""}};
    registry_.add_fault(fault);
  }
  void attach_from_threads(unsigned count) {
    std::vector<std::string> expected;
    std::vector<oci::Descriptor> manifests;
    for (unsigned i = 0; i < count; ++i) {
      manifests.push_back(attachment("content " + std::to_string(i)));
      expected.push_back(manifests.back().digest.text());
    }
    {
      std::vector<std::jthread> threads;
      for (const auto& manifest : manifests) {
        threads.emplace_back([this, manifest] {
          const auto done = attach(manifest);
          EXPECT_TRUE(done) << done.error().what;
        });
      }
    }
    EXPECT_THAT(listed(), testing::UnorderedElementsAreArray(expected));
  }

  oci::Descriptor image_ = make_image({noise(1000, 1)});
};

TEST_F(ReferrersTest, AreListedByTheRegistry) {
  ASSERT_TRUE(push(image_));
  EXPECT_THAT(listed(), SizeIs(0));
  const auto one = attachment("one");
  const auto attached = attach(one);
  ASSERT_TRUE(attached) << attached.error().what;
  EXPECT_TRUE(*attached);
  EXPECT_FALSE(*attach(one));
  EXPECT_THAT(*list_referrers(repository(), image_.digest),
              ElementsAre(Field(&oci::Descriptor::artifact_type, "application/a")));
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("1.0"));
}

TEST_F(ReferrersTest, MayComeBeforeTheirSubject) {
  const auto one = attachment("one");
  ASSERT_TRUE(attach(one));
  EXPECT_THAT(listed(), ElementsAre(one.digest.text()));
}

TEST_F(ReferrersTest, AreUnderATagWhereTheRegistryHasNoList) {
  set_quirk("no-referrers");
  ASSERT_TRUE(push(image_));
  EXPECT_THAT(listed(), SizeIs(0));
  const auto one = attachment("one");
  const auto two = attachment("two", "application/b");
  EXPECT_TRUE(*attach(one));
  EXPECT_TRUE(*attach(two));
  EXPECT_FALSE(*attach(one));
  EXPECT_THAT(listed(), testing::UnorderedElementsAre(one.digest.text(), two.digest.text()));
  EXPECT_THAT(registry_.tags("team/app"),
              testing::UnorderedElementsAre("1.0", oci::referrers_tag(image_.digest)));
  const auto index = repository().get_manifest(oci::referrers_tag(image_.digest));
  ASSERT_TRUE(index && *index);
  EXPECT_THAT((*index)->content, HasSubstr(R"("artifactType":"application/b")"));
}

// Some answer every unknown path with a page for people.
TEST_F(ReferrersTest, APageForPeopleIsNoList) {
  Fault fault;
  fault.target = "/referrers/";
  fault.times = Fault::kAlways;
  fault.status = 200;
  fault.headers = {{"Content-Type", "text/html"}};
  fault.body = "<html>";
  registry_.add_fault(fault);
  const auto one = attachment("one");
  EXPECT_TRUE(*attach(one));
  EXPECT_THAT(listed(), ElementsAre(one.digest.text()));
  EXPECT_THAT(registry_.tags("team/app"), Contains(oci::referrers_tag(image_.digest)));
}

TEST_F(ReferrersTest, WritersAtOnceAreAllListed) {
  set_quirk("no-referrers");
  attach_from_threads(8);
}

TEST_F(ReferrersTest, WritersAtOnceAreAllListedWithoutConditions) {
  set_quirk("no-referrers");
  drop_entity_tags();
  attach_from_threads(4);
}

// Between our reading and our writing, another one writes.
TEST_F(ReferrersTest, AConditionThatDoesNotHoldIsNoError) {
  set_quirk("no-referrers");
  Fault fault;
  fault.method = "PUT";
  fault.target = "/manifests/sha256-";
  fault.times = 2;
  fault.status = 412;
  registry_.add_fault(fault);
  const auto one = attachment("one");
  EXPECT_TRUE(*attach(one));
  EXPECT_THAT(listed(), ElementsAre(one.digest.text()));
}

TEST_F(ReferrersTest, OthersThatOverwriteUsForEverAreAnError) {
  set_quirk("no-referrers");
  Fault fault;
  fault.method = "PUT";
  fault.target = "/manifests/sha256-";
  fault.times = Fault::kAlways;
  fault.status = 412;
  registry_.add_fault(fault);
  const auto failed = attach(attachment("one"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what,
            "the list of what is attached is overwritten by others again and again");
}

TEST_F(ReferrersTest, ATagThatMayNotMoveIsAnErrorThatSaysSo) {
  set_quirk("no-referrers");
  ASSERT_TRUE(attach(attachment("one")));
  set_quirk("immutable-tags");
  const auto failed = attach(attachment("two"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().hint, HasSubstr("has to be allowed to move"));
}

TEST_F(ReferrersTest, AreManifestsWithASubject) {
  const auto failed = attach(image_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "the manifest is not about another one: it has no subject");
}

TEST_F(ReferrersTest, AListThatIsNoneIsAnError) {
  Fault fault;
  fault.target = "/referrers/";
  fault.status = 200;
  fault.headers = {{"Content-Type", "application/vnd.oci.image.index.v1+json"}};
  fault.body = R"({"schemaVersion":2,"manifests":[{"digest":"sha256:0"}]})";
  registry_.add_fault(fault);
  const auto failed = list_referrers(repository(), image_.digest);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "/manifests/0: 'mediaType' is missing");
}

}  // namespace
}  // namespace gantry::registry
