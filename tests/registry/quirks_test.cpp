#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/registry/fixture.hpp"

namespace gantry::test_registry {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Quirk : public RegistryTest {
 protected:
  Answer patch(const std::string& session, std::string_view bytes, std::string_view range = {}) {
    return client_.request("PATCH", session, bytes,
                           range.empty() ? Pairs{} : Pairs{{"Content-Range", std::string(range)}});
  }
  Answer post(std::string_view query = {}) {
    return client_.request("POST", fmt::format("/v2/a/b/blobs/uploads/{}", query));
  }
};

TEST_F(Quirk, RelativeLocation) {
  set("location=relative");
  EXPECT_THAT(post().header("Location"), StartsWith("/v2/a/b/blobs/uploads/"));
  EXPECT_EQ(put_blob("layer").header("Location"), blob_path("layer"));
}

TEST_F(Quirk, ForeignLocationThatWantsNoCredentials) {
  set("location=foreign-host");
  const std::string location = post().header("Location");
  EXPECT_THAT(location, StartsWith("http://" + registry_.storage_host() + "/v2/"));
  RawClient storage(registry_.storage_host());
  const std::string target = with_digest(target_of(location), "layer");
  EXPECT_EQ(storage.request("PUT", target, "layer", {{"Authorization", "Basic eA=="}}).status, 400);
  EXPECT_EQ(storage.request("PUT", target, "layer").status, 201);
  EXPECT_TRUE(registry_.has_blob("a/b", content::sha256("layer")));
  ASSERT_EQ(registry_.storage_requests().size(), 2);
  EXPECT_TRUE(registry_.storage_requests()[0].request.headers.has("authorization"));
}

TEST_F(Quirk, StateQueryIsMandatory) {
  set("state-query");
  const std::string session = start_upload();
  EXPECT_THAT(session, HasSubstr("?_state="));
  EXPECT_EQ(patch(session.substr(0, session.find('?')), "x").status, 404);
  EXPECT_EQ(patch(session, "x").status, 202);
  EXPECT_EQ(patch(session, "y").status, 202);
}

TEST_F(Quirk, SessionUrlChangesOnEachStep) {
  for (const bool with_query : {false, true}) {
    set(with_query ? "state-query=on" : "state-query=off");
    set("rotating-session-url");
    const std::string first = start_upload();
    const std::string second = target_of(patch(first, "lay").header("Location"));
    EXPECT_NE(first, second);
    EXPECT_EQ(patch(first, "er").status, 404);
    EXPECT_EQ(get(second).header("Range"), "0-2");
    EXPECT_EQ(client_.request("PUT", with_digest(second, "layer"), "er").status, 201);
  }
}

TEST_F(Quirk, StaleSessionAfterABrokenPatch) {
  set("stale-session");
  const std::string session = start_upload();
  break_patch(session);
  const Answer gone = get(session);
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("BLOB_UPLOAD_INVALID"));
}

TEST_F(Quirk, UploadStatusUnsupported) {
  set("no-upload-status");
  EXPECT_EQ(get(start_upload()).status, 405);
}

TEST_F(Quirk, StickyRange) {
  set("sticky-range");
  const std::string session = start_upload();
  EXPECT_EQ(patch(session, "abc", "0-2").header("Range"), "0-2");
  EXPECT_EQ(patch(session, "de", "3-4").header("Range"), "0-2");
  EXPECT_EQ(get(session).header("Range"), "0-2");
  EXPECT_EQ(client_.request("PUT", with_digest(session, "abcde")).status, 201);
}

TEST_F(Quirk, RangeWithNothingStored) {
  EXPECT_EQ(post().header("Range"), "");
  set("zero-range-on-start");
  EXPECT_EQ(post().header("Range"), "0-0");
}

TEST_F(Quirk, ContentRangeIgnored) {
  set("ignore-content-range");
  const std::string session = start_upload();
  EXPECT_EQ(patch(session, "ab", "5-6").header("Range"), "0-1");
}

TEST_F(Quirk, ChunkMinimum) {
  set("chunk-minimum=3");
  const Answer started = post();
  EXPECT_EQ(started.header("OCI-Chunk-Min-Length"), "3");
  const std::string session = target_of(started.header("Location"));
  EXPECT_EQ(patch(session, "abc", "0-2").status, 202);
  EXPECT_EQ(patch(session, "d", "3-3").status, 202);
  EXPECT_EQ(patch(session, "efg", "4-6").status, 400);
  EXPECT_EQ(client_.request("PUT", with_digest(session, "abcd")).status, 201);
}

TEST_F(Quirk, ChunkMaximumOfRangedChunksOnly) {
  set("chunk-maximum=4");
  const std::string session = start_upload();
  EXPECT_EQ(patch(session, "abcde", "0-4").status, 416);
  EXPECT_EQ(patch(session, "abcde").status, 202);
}

TEST_F(Quirk, BodyMaximum) {
  set("body-maximum=4");
  EXPECT_EQ(put_blob("12345").status, 413);
  EXPECT_EQ(patch(start_upload(), "12345").status, 413);
  EXPECT_EQ(put_blob("1234").status, 201);
}

TEST_F(Quirk, MonolithicUploadsRefused) {
  set("monolithic-maximum=4");
  EXPECT_EQ(put_blob("12345").status, 400);
  EXPECT_EQ(put_blob("1234").status, 201);
  set("patch-required");
  EXPECT_EQ(put_blob("1").status, 400);
  const std::string session = start_upload();
  EXPECT_EQ(patch(session, "12345").status, 202);
  EXPECT_EQ(client_.request("PUT", with_digest(session, "12345")).status, 201);
}

TEST_F(Quirk, OtherStatusesOfSuccess) {
  set("patch-status=204");
  set("put-status=204");
  set("manifest-put-status=202");
  const std::string session = start_upload();
  EXPECT_EQ(patch(session, "layer").status, 204);
  const Answer put = client_.request("PUT", with_digest(session, "layer"));
  EXPECT_EQ(put.status, 204);
  EXPECT_EQ(put.header("Content-Length"), "");
  EXPECT_EQ(put_manifest("v1", push_parts()).status, 202);
}

TEST_F(Quirk, SinglePostDropsItsBody) {
  set("no-single-post");
  const std::string target = "/v2/a/b/blobs/uploads/?digest=" + digest_of("layer");
  const Answer started = client_.request("POST", target, "layer");
  EXPECT_EQ(started.status, 202);
  EXPECT_EQ(head(blob_path("layer")).status, 404);
  const std::string session = target_of(started.header("Location"));
  EXPECT_EQ(client_.request("PUT", with_digest(session, "layer"), "layer").status, 201);
}

TEST_F(Quirk, MountRefused) {
  put_blob("layer");
  const std::string query = "?mount=" + digest_of("layer") + "&from=a/b";
  set("mount=ignored");
  const Answer ignored = post(query);
  EXPECT_EQ(ignored.status, 202);
  EXPECT_NE(ignored.header("Location"), "");
  for (const int status : {400, 401, 403, 404, 405}) {
    set(fmt::format("mount={}", status));
    EXPECT_EQ(post(query).status, status);
  }
}

TEST_F(Quirk, MountWithoutFrom) {
  put_blob("layer");
  const std::string query = "?mount=" + digest_of("layer");
  set("mount-without-from=ignored");
  EXPECT_EQ(post(query).status, 202);
  set("mount-without-from=fails");
  EXPECT_EQ(post(query).status, 404);
}

TEST_F(Quirk, HeadOfBlobs) {
  put_blob("layer");
  set("head-without-length");
  EXPECT_THAT(head(blob_path("layer")).head, Not(HasSubstr("Content-Length")));
  set("head-without-digest");
  EXPECT_EQ(head(blob_path("layer")).header("Docker-Content-Digest"), "");
  set("no-blob-head");
  EXPECT_EQ(head(blob_path("layer")).status, 405);
  EXPECT_EQ(get(blob_path("layer")).body, "layer");
}

TEST_F(Quirk, HeadWithTheBodyOfAnError) {
  EXPECT_EQ(head(blob_path("layer")).status, 404);
  set("head-body");
  ASSERT_TRUE(client_.send("HEAD " + blob_path("layer") + " HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(client_.receive().body, HasSubstr("BLOB_UNKNOWN"));
}

TEST_F(Quirk, LyingHead) {
  const std::string document = push_parts();
  EXPECT_TRUE(registry_.evict_blob(content::sha256("layer")));
  EXPECT_EQ(head(blob_path("layer")).status, 404);
  set("lying-head");
  EXPECT_EQ(head(blob_path("layer")).status, 200);
  EXPECT_EQ(get(blob_path("layer")).status, 404);
  EXPECT_THAT(put_manifest("v1", document).body, HasSubstr("MANIFEST_BLOB_UNKNOWN"));
  put_blob("layer");
  EXPECT_EQ(put_manifest("v1", document).status, 201);
}

TEST_F(Quirk, ManifestWantsItsTypeInAccept) {
  put_manifest("v1", push_parts());
  set("accept-required");
  const std::string target = "/v2/a/b/manifests/v1";
  EXPECT_EQ(get(target).status, 404);
  EXPECT_EQ(get(target, {{"Accept", "application/json"}}).status, 404);
  EXPECT_EQ(
      get(target, {{"Accept", "application/json"}, {"Accept", std::string(kManifestType)}}).status,
      200);
}

TEST_F(Quirk, TagParameterIgnored) {
  set("ignore-tag-parameter");
  const std::string document = push_parts();
  const Answer put = put_manifest(digest_of(document) + "?tag=v1", document);
  EXPECT_EQ(put.status, 201);
  EXPECT_EQ(put.header("OCI-Tag"), "");
  EXPECT_EQ(get("/v2/a/b/manifests/v1").status, 404);
}

TEST_F(Quirk, ImmutableTags) {
  set("immutable-tags");
  const std::string document = push_parts();
  EXPECT_EQ(put_manifest("v1", document).status, 201);
  EXPECT_EQ(put_manifest("v1", document).status, 201);
  const Answer refused = put_manifest("v1", manifest(R"(,"annotations":{"n":"2"})"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("immutable"));
}

TEST_F(Quirk, NoReferrers) {
  set("no-referrers");
  const std::string subject = digest_of("subject");
  const std::string document =
      push_parts(fmt::format(R"(,"subject":{{"digest":"{}","size":7}})", subject));
  EXPECT_EQ(put_manifest("v1", document).header("OCI-Subject"), "");
  EXPECT_EQ(get("/v2/a/b/referrers/" + subject).status, 404);
}

TEST_F(Quirk, DeletionUnsupported) {
  put_manifest("v1", push_parts());
  set("no-tag-delete");
  EXPECT_EQ(client_.request("DELETE", "/v2/a/b/manifests/v1").status, 405);
  set("no-delete");
  EXPECT_EQ(client_.request("DELETE", "/v2/a/b/manifests/" + digest_of(manifest())).status, 405);
  EXPECT_EQ(client_.request("DELETE", blob_path("layer")).status, 405);
}

TEST_F(Quirk, BlobsAtAnotherHost) {
  put_blob("layer");
  set("redirect-blobs");
  set("redirect-uses=2");
  const Answer redirect = get(blob_path("layer"));
  EXPECT_EQ(redirect.status, 307);
  const std::string location = redirect.header("Location");
  EXPECT_THAT(location, StartsWith("http://" + registry_.storage_host() + "/storage/"));
  RawClient storage(registry_.storage_host());
  const std::string target = target_of(location);
  EXPECT_EQ(storage.request("GET", target, {}, {{"Authorization", "Bearer x"}}).status, 400);
  EXPECT_EQ(storage.request("GET", target).body, "layer");
  EXPECT_EQ(storage.request("GET", target, {}, {{"Range", "bytes=3-"}}).body, "er");
  EXPECT_EQ(storage.request("GET", target).status, 403);
  EXPECT_EQ(storage.request("GET", "/storage/guessed").status, 403);
}

TEST_F(Quirk, PagesOfTags) {
  put_blob("{}");
  set("tags-404-when-empty");
  EXPECT_EQ(get("/v2/a/b/tags/list").status, 404);
  const std::string document = push_parts();
  for (const char* tag : {"a", "b", "c"}) {
    put_manifest(tag, document);
  }
  set("tags-page=2");
  set("relative-link");
  EXPECT_EQ(get("/v2/a/b/tags/list").header("Link"),
            "</v2/a/b/tags/list?n=2&last=b>; rel=\"next\"");
  set("unsorted-tags");
  EXPECT_THAT(get("/v2/a/b/tags/list").body, HasSubstr(R"(["c","b"])"));
  EXPECT_THAT(get("/v2/a/b/tags/list?last=b").body, HasSubstr(R"(["a"])"));
}

TEST_F(Quirk, RepositoriesMustExist) {
  set("no-repository-on-push");
  const Answer refused = post();
  EXPECT_EQ(refused.status, 404);
  EXPECT_THAT(refused.body, HasSubstr("NAME_UNKNOWN"));
  EXPECT_EQ(put_manifest("v1", manifest()).status, 404);
  registry_.create_repository("a/b");
  EXPECT_EQ(put_manifest("v1", push_parts()).status, 201);
}

TEST_F(Quirk, ConfigTypes) {
  set("config-types=application/vnd.oci.image.config.v1+json");
  EXPECT_EQ(put_manifest("v1", push_parts()).status, 400);
  set("config-types=text/plain|application/x");
  EXPECT_EQ(put_manifest("v1", push_parts()).status, 201);
}

TEST_F(Quirk, LinesEndByLf) {
  set("lf-only");
  const Answer answer = get("/v2/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_THAT(answer.head, Not(HasSubstr("\r")));
}

TEST(Quirks, AreSetByName) {
  Quirks quirks;
  for (const char* bad : {"unknown", "mount=maybe", "chunk-maximum=x", "lf-only=x", "location"}) {
    EXPECT_FALSE(set_quirk(quirks, bad)) << bad;
  }
  const auto unknown = set_quirk(quirks, "unknown");
  EXPECT_EQ(unknown.error().what, "there is no quirk \"unknown\"");
  EXPECT_TRUE(set_quirk(quirks, "chunk-maximum=4M"));
  EXPECT_EQ(quirks.chunk_maximum, 4U << 20);
}

TEST(Quirks, ProfilesAreMadeOfThem) {
  for (const std::string& name : profile_names()) {
    EXPECT_TRUE(quirks_of_profile(name)) << name;
  }
  EXPECT_FALSE(quirks_of_profile("none"));
  EXPECT_EQ(quirks_of_profile("ghcr")->chunk_maximum, 4U << 20);
}

}  // namespace
}  // namespace gantry::test_registry
