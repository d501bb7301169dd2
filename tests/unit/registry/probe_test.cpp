#include "registry/probe.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::ElementsAre;

class Probe : public RegistryFixture {
 protected:
  /// By the features' names.
  static std::map<std::string, Finding> by_name(const base::Result<std::vector<Finding>>& found) {
    std::map<std::string, Finding> findings;
    EXPECT_TRUE(found) << found.error().what;
    for (const auto& finding : found ? *found : std::vector<Finding>()) {
      findings.emplace(finding.feature, finding);
    }
    return findings;
  }

  std::map<std::string, Finding> endpoint() {
    return by_name(probe_endpoint(client_, session_.registry()));
  }
  std::map<std::string, Finding> reading() {
    return by_name(probe_reading(repository("team/app", Access::kPull)));
  }
  std::map<std::string, Finding> writing() {
    return by_name(probe_writing(repository(), repository("team/app", Access::kDelete)));
  }
};

TEST_F(Probe, OfARegistryThatAsksNobody) {
  const auto findings = endpoint();
  EXPECT_EQ(findings.at("api").support, Support::kYes);
  EXPECT_EQ(findings.at("auth").support, Support::kNo);
  EXPECT_EQ(findings.at("auth").detail, "nobody is asked who they are");
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(Probe, NamesTheTokenService) {
  registry_.set_auth({.scheme = test_registry::AuthOptions::Scheme::kBearer});
  const auto findings = endpoint();
  EXPECT_EQ(findings.at("auth").support, Support::kYes);
  EXPECT_EQ(findings.at("auth").detail, "bearer by " + registry_.url() + "/token");
}

TEST_F(Probe, OfWhatIsNoRegistry) {
  add_fault("target=/v2/,times=9,status=404");
  const auto found = probe_endpoint(client_, session_.registry());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "answers 404 for /v2/: that is no registry");
  EXPECT_EQ(found.error().where, registry_.url());
}

TEST_F(Probe, ReadsOnly) {
  ASSERT_TRUE(push(make_image({"a"})));
  registry_.clear_requests();
  const auto findings = reading();
  for (const auto* feature : {"tags", "digests", "ranges", "referrers"}) {
    EXPECT_EQ(findings.at(feature).support, Support::kYes) << feature;
  }
  EXPECT_EQ(registry_.count("GET") + registry_.count("HEAD"), registry_.requests().size());
}

TEST_F(Probe, TellsWhatItCannotKnow) {
  const auto findings = reading();
  EXPECT_EQ(findings.at("digests").support, Support::kUnknown);
  EXPECT_EQ(findings.at("ranges").detail, "there is no image to try it with");
}

TEST_F(Probe, SeesWhatIsMissingByReading) {
  ASSERT_TRUE(push(make_image({"a"})));
  set_quirk("no-referrers");
  set_quirk("head-without-digest");
  const auto findings = reading();
  EXPECT_EQ(findings.at("referrers").support, Support::kNo);
  EXPECT_EQ(findings.at("referrers").detail, "answers 404; what is attached is listed by tags");
  EXPECT_EQ(findings.at("digests").support, Support::kNo);
}

TEST_F(Probe, SeesAllThatIsThereByWriting) {
  for (const auto& [feature, finding] : writing()) {
    EXPECT_EQ(finding.support, Support::kYes) << feature << ": " << finding.detail;
  }
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre());
  EXPECT_EQ(registry_.end_sessions(), 0U);
}

TEST_F(Probe, SeesWhatIsMissingByWriting) {
  for (const auto* quirk :
       {"mount=ignored", "ignore-tag-parameter", "no-upload-status", "no-delete"}) {
    set_quirk(quirk);
  }
  const auto findings = writing();
  EXPECT_EQ(findings.at("mount").detail, "answers 202; blobs are sent");
  EXPECT_EQ(findings.at("mount-from-anywhere").detail, "answers 202; blobs are sent");
  EXPECT_EQ(findings.at("several-tags").detail, "each tag is a request");
  EXPECT_EQ(findings.at("upload-status").detail, "answers 405; a broken push begins anew");
  EXPECT_EQ(findings.at("delete-tag").support, Support::kNo);
  EXPECT_EQ(findings.at("delete").detail, "is refused; the tags gantry-probe-* stay in team/app");
  EXPECT_EQ(findings.at("upload").support, Support::kYes);
  EXPECT_EQ(registry_.end_sessions(), 0U);
}

TEST_F(Probe, OfARegistryThatRefusesWritersFails) {
  add_fault("method=POST,times=9,status=403");
  const auto found = probe_writing(repository(), repository("team/app", Access::kDelete));
  ASSERT_FALSE(found);
  EXPECT_EQ(registry_.count("PUT"), 0U);
}

}  // namespace
}  // namespace gantry::registry
