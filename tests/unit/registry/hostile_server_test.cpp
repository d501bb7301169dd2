#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/pull.hpp"
#include "registry/tags.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::HasSubstr;

/// Whoever has taken over a registry, or what is before it, answers as he likes.
class HostileServer : public RegistryFixture {
 protected:
  void answer(std::string target, std::string body, test_registry::Pairs headers = {},
              unsigned times = test_registry::Fault::kAlways) {
    test_registry::Fault fault;
    fault.target = std::move(target);
    fault.status = 200;
    fault.body = std::move(body);
    fault.headers = std::move(headers);
    fault.times = times;
    registry_.add_fault(std::move(fault));
  }

  /// What a pull of 1.0 fails with, which must leave so many files behind that are of use to go on.
  base::Error error_of_pull(int left = 0) {
    const auto pulled_store = *oci::BlobStore::open(directory_.path() / "pulled");
    const BlobTarget target = {pulled_store.blobs(), pulled_store.blobs().root() / "tmp"};
    const auto from = repository("team/app", Access::kPull);
    auto manifest = pull_manifest(from, "1.0", std::nullopt, target);
    const auto done = manifest ? pull_blobs(from, manifest->manifest, target)
                               : base::Result<void>(manifest.error());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(target.temporary), {}), left);
    return done ? base::Error{"no error", "", ""} : done.error();
  }

  std::string error_of_tags() {
    const auto tags = list_tags(repository());
    return tags ? "no error" : tags.error().what;
  }

  static std::string deep(std::size_t levels) { return std::string(levels, '['); }
};

TEST_F(HostileServer, WithAnEndlessListOfTagsIsRefused) {
  add_fault("target=tags/list,times=always,status=200,endless");
  EXPECT_THAT(error_of_tags(), HasSubstr("the answer is larger than 4.19 MB"));
}

TEST_F(HostileServer, WithAnEndlessNumberOfPagesIsRefused) {
  for (int page = 0; page < 1001; ++page) {
    answer("tags/list", "{\"tags\":[\"t" + std::to_string(page) + "\"]}",
           {{"Link", "</v2/team/app/tags/list>; rel=\"next\""}}, 1);
  }
  EXPECT_EQ(error_of_tags(), "the list of tags does not end");
  EXPECT_EQ(registry_.requests().size(), 1000U);
}

TEST_F(HostileServer, WithAnEndlessNumberOfTagsIsRefused) {
  int number = 0;
  for (int page = 0; page < 4; ++page) {
    std::string body = "{\"tags\":[\"t";
    for (int i = 0; i < 100'000; ++i) {
      body += std::to_string(number++) + "\",\"t";
    }
    answer("tags/list", body + "\"]}", {{"Link", "</v2/team/app/tags/list>; rel=\"next\""}}, 1);
  }
  EXPECT_EQ(error_of_tags(), "there are more than 200000 tags");
}

TEST_F(HostileServer, WithPagesElsewhereIsNotFollowed) {
  answer("tags/list", R"({"tags":["1"]})",
         {{"Link", "<http://169.254.169.254/latest/>; rel=\"next\""}});
  EXPECT_THAT(error_of_tags(), HasSubstr("which is a link-local address"));
}

TEST_F(HostileServer, WithDeepJsonIsRefused) {
  answer(".", deep(1'000'000));
  EXPECT_EQ(error_of_tags(), "nested deeper than 64 levels");
  EXPECT_THAT(error_of_pull().what, HasSubstr("not an image"));
  registry_.clear_faults();
  answer(".",
         R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" + deep(1'000'000),
         {{"Content-Type", "application/vnd.oci.image.manifest.v1+json"}});
  EXPECT_EQ(error_of_pull().what, "nested deeper than 64 levels");
}

TEST_F(HostileServer, WithMillionsOfValuesIsRefused) {
  std::string body = R"({"tags":[{})";
  while (body.size() < 4'000'000) {
    body += ",{}";
  }
  answer("tags/list", body + "]}");
  EXPECT_EQ(error_of_tags(), "more than 250000 values");
}

TEST_F(HostileServer, WithADeepRefusalIsRefusedAllTheSame) {
  test_registry::Fault fault;
  fault.status = 400;
  fault.body = "{\"errors\":" + deep(60'000);
  registry_.add_fault(std::move(fault));
  EXPECT_EQ(error_of_tags(), "GET tags/list: the registry answers 400");
}

TEST_F(HostileServer, WhoseTokenServiceNeverEndsIsRefused) {
  want_login(test_registry::AuthOptions::Scheme::kBearer);
  add_fault("target=/token,times=always,endless");
  EXPECT_THAT(error_of_tags(), HasSubstr("the answer is larger than 65.5 kB"));
}

TEST_F(HostileServer, WhoseTokenServiceRefusesWithoutEndIsRefused) {
  want_login(test_registry::AuthOptions::Scheme::kBearer);
  add_fault("target=/token,times=always,status=403,endless");
  EXPECT_THAT(error_of_tags(), HasSubstr("403"));
}

TEST_F(HostileServer, WhoseTokenBreaksLinesSendsNothing) {
  want_login(test_registry::AuthOptions::Scheme::kBearer);
  answer("/token", R"({"token":"a\r\nHost: evil.example"})");
  EXPECT_THAT(error_of_tags(), HasSubstr("token"));
  EXPECT_EQ(registry_.count("GET", "tags/list"), 1U);
}

TEST_F(HostileServer, ThatSaysItsAnswerIsPackedHasItTakenAsItIs) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  registry_.clear_requests();
  answer("/manifests/", "\x1f\x8b and whatever it would unpack to", {{"Content-Encoding", "gzip"}});
  EXPECT_THAT(error_of_pull().what, HasSubstr("not an image"));
  EXPECT_FALSE(registry_.requests().back().request.headers.has("Accept-Encoding"));
}

TEST_F(HostileServer, ThatTricklesAnAnswerIsNotWaitedFor) {
  http_options_.stall_timeout = std::chrono::milliseconds(500);
  client_ = *HttpClient::create(http_options_);
  const auto image = make_image({noise(1 << 20, 1)});
  ASSERT_TRUE(push(image));
  add_fault("method=GET,target=/manifests/,times=always,bytes-per-second=50");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of_pull().what, testing::MatchesRegex(".*has sent only [0-9]+ B in 0.5 s.*"));
  registry_.clear_faults();
  add_fault("method=GET,target=/blobs/,times=always,bytes-per-second=50");
  EXPECT_THAT(error_of_pull(2).what, HasSubstr("has sent only "));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST_F(HostileServer, ThatSaysTheImageIsHugeNeitherAllocatesNorFetchesIt) {
  auto manifest = *oci::parse_manifest(*store_.blobs().read_document(make_image({"a"})), "");
  manifest.layers[0].size = std::uint64_t{1} << 60;
  answer("/manifests/", oci::to_json(manifest),
         {{"Content-Type", std::string(oci::media_type::kManifest)}});
  answer("/blobs/", "short");
  EXPECT_THAT(error_of_pull().what, HasSubstr("bytes, but the registry sends 5"));
}

}  // namespace
}  // namespace gantry::registry
