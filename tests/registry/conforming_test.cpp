#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/registry/fixture.hpp"

namespace gantry::test_registry {
namespace {

using testing::HasSubstr;

using ConformingRegistry = RegistryTest;

TEST_F(ConformingRegistry, SaysThatItIsOne) {
  EXPECT_EQ(get("/v2/").status, 200);
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/v2/a/b/nothing").status, 404);
}

TEST_F(ConformingRegistry, TakesAndGivesABlob) {
  const Answer put = put_blob("layer");
  EXPECT_EQ(put.status, 201);
  EXPECT_EQ(put.header("Docker-Content-Digest"), digest_of("layer"));
  EXPECT_EQ(put.header("Location"), "http://test.invalid" + blob_path("layer"));
  const Answer whole = get(blob_path("layer"));
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "layer");
  const Answer seen = head(blob_path("layer"));
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(seen.header("Content-Length"), "5");
  EXPECT_EQ(seen.header("Docker-Content-Digest"), digest_of("layer"));
}

TEST_F(ConformingRegistry, GivesRangesOfABlob) {
  put_blob("0123456789");
  const auto range = [&](const std::string& value) {
    return get(blob_path("0123456789"), {{"Range", "bytes=" + value}});
  };
  EXPECT_EQ(range("2-4").status, 206);
  EXPECT_EQ(range("2-4").body, "234");
  EXPECT_EQ(range("2-4").header("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(range("7-").body, "789");
  EXPECT_EQ(range("7-99").body, "789");
  EXPECT_EQ(range("-3").body, "789");
  EXPECT_EQ(range("10-").status, 416);
  EXPECT_EQ(range("10-").header("Content-Range"), "bytes */10");
  EXPECT_EQ(range("4-2").status, 416);
  EXPECT_EQ(range("nonsense").status, 200);
}

TEST_F(ConformingRegistry, ForgetsADeletedBlob) {
  put_blob("layer");
  EXPECT_EQ(client_.request("DELETE", blob_path("layer")).status, 202);
  const Answer gone = get(blob_path("layer"));
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("BLOB_UNKNOWN"));
  EXPECT_EQ(client_.request("DELETE", blob_path("layer")).status, 404);
}

TEST_F(ConformingRegistry, TakesABlobInChunks) {
  const std::string session = start_upload();
  const Answer first = client_.request("PATCH", session, "abc", {{"Content-Range", "0-2"}});
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.header("Range"), "0-2");
  const Answer early = client_.request("PATCH", session, "zz", {{"Content-Range", "5-6"}});
  EXPECT_EQ(early.status, 416);
  const Answer status = get(session);
  EXPECT_EQ(status.status, 204);
  EXPECT_EQ(status.header("Range"), "0-2");
  const std::string next = target_of(status.header("Location"));
  EXPECT_EQ(client_.request("PATCH", next, "de", {{"Content-Range", "3-4"}}).status, 202);
  EXPECT_EQ(
      client_.request("PUT", with_digest(next, "abcdef"), "f", {{"Content-Range", "5-5"}}).status,
      201);
  EXPECT_EQ(get(blob_path("abcdef")).body, "abcdef");
}

TEST_F(ConformingRegistry, RefusesOtherBytesThanTheDigestSays) {
  const Answer wrong = client_.request("PUT", with_digest(start_upload(), "other"), "layer");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("DIGEST_INVALID"));
  EXPECT_EQ(client_.request("PUT", start_upload() + "?digest=sha256:short", "x").status, 400);
  EXPECT_EQ(client_.request("PUT", start_upload(), "x").status, 400);
}

TEST_F(ConformingRegistry, CancelsAnUpload) {
  const std::string session = start_upload();
  EXPECT_EQ(client_.request("DELETE", session).status, 204);
  const Answer gone = get(session);
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("BLOB_UPLOAD_UNKNOWN"));
}

TEST_F(ConformingRegistry, TakesABlobInOnePost) {
  const std::string target = "/v2/a/b/blobs/uploads/?digest=" + digest_of("layer");
  EXPECT_EQ(client_.request("POST", target, "layer").status, 201);
  EXPECT_EQ(get(blob_path("layer")).body, "layer");
}

TEST_F(ConformingRegistry, MountsABlobOrOpensASession) {
  put_blob("layer");
  const std::string mount = "/v2/c/blobs/uploads/?mount=" + digest_of("layer");
  const Answer refused = client_.request("POST", mount + "&from=other");
  EXPECT_EQ(refused.status, 202);
  EXPECT_THAT(refused.header("Location"), HasSubstr("/v2/c/blobs/uploads/"));
  EXPECT_EQ(head("/v2/c/blobs/" + digest_of("layer")).status, 404);
  EXPECT_EQ(client_.request("POST", mount + "&from=a%2Fb").status, 201);
  EXPECT_EQ(head("/v2/c/blobs/" + digest_of("layer")).status, 200);
  EXPECT_EQ(client_.request("POST", "/v2/d/blobs/uploads/?mount=" + digest_of("layer")).status,
            201);
}

TEST_F(ConformingRegistry, TakesAndGivesAManifest) {
  const std::string document = push_parts();
  const Answer put = put_manifest("v1", document);
  EXPECT_EQ(put.status, 201);
  EXPECT_EQ(put.header("Docker-Content-Digest"), digest_of(document));
  for (const std::string& reference : {std::string("v1"), digest_of(document)}) {
    const Answer got = get("/v2/a/b/manifests/" + reference);
    EXPECT_EQ(got.body, document);
    EXPECT_EQ(got.header("Content-Type"), kManifestType);
    EXPECT_EQ(head("/v2/a/b/manifests/" + reference).header("Docker-Content-Digest"),
              digest_of(document));
  }
  EXPECT_EQ(get("/v2/a/b/manifests/v2").status, 404);
}

TEST_F(ConformingRegistry, NamesTheBlobsThatAManifestLacks) {
  put_blob("{}");
  const Answer refused = put_manifest("v1", manifest());
  EXPECT_EQ(refused.status, 404);
  EXPECT_THAT(refused.body, HasSubstr("MANIFEST_BLOB_UNKNOWN"));
  EXPECT_THAT(refused.body, HasSubstr(digest_of("layer")));
  EXPECT_THAT(refused.body, testing::Not(HasSubstr(digest_of("{}"))));
  EXPECT_EQ(get("/v2/a/b/manifests/v1").status, 404);
}

TEST_F(ConformingRegistry, RefusesBadManifests) {
  const std::string document = push_parts();
  EXPECT_EQ(put_manifest("v1", "no JSON").status, 400);
  EXPECT_EQ(put_manifest("v1", std::string(200'000, '[')).status, 400);
  EXPECT_EQ(put_manifest("-v1", document).status, 400);
  EXPECT_EQ(put_manifest(digest_of("other"), document).status, 400);
  EXPECT_EQ(
      client_
          .request("PUT", "/v2/a/b/manifests/v1", document, {{"Content-Type", "application/json"}})
          .status,
      400);
  EXPECT_EQ(put_manifest("v1", std::string(5 << 20, ' ')).status, 413);
}

TEST_F(ConformingRegistry, TagsSeveralTimesInOneRequest) {
  const std::string document = push_parts();
  const Answer put = put_manifest(digest_of(document) + "?tag=1&tag=1.2&tag=latest", document);
  EXPECT_EQ(put.status, 201);
  EXPECT_THAT(put.head, HasSubstr("OCI-Tag: 1\r\nOCI-Tag: 1.2\r\nOCI-Tag: latest"));
  EXPECT_EQ(registry_.tags("a/b"), (std::vector<std::string>{"1", "1.2", "latest"}));
}

TEST_F(ConformingRegistry, DeletesTagsAndManifests) {
  const std::string document = push_parts();
  put_manifest("v1", document);
  put_manifest("v2", document);
  EXPECT_EQ(client_.request("DELETE", "/v2/a/b/manifests/v1").status, 202);
  EXPECT_EQ(client_.request("DELETE", "/v2/a/b/manifests/v1").status, 404);
  EXPECT_EQ(get("/v2/a/b/manifests/v2").status, 200);
  EXPECT_EQ(client_.request("DELETE", "/v2/a/b/manifests/" + digest_of(document)).status, 202);
  EXPECT_EQ(get("/v2/a/b/manifests/v2").status, 404);
}

TEST_F(ConformingRegistry, KeepsConditionalPutsApart) {
  const std::string first = push_parts();
  const std::string second = manifest(R"(,"annotations":{"n":"2"})");
  EXPECT_EQ(put_manifest("v1", first, {{"If-None-Match", "*"}}).status, 201);
  EXPECT_EQ(put_manifest("v1", second, {{"If-None-Match", "*"}}).status, 412);
  const std::string tag = get("/v2/a/b/manifests/v1").header("ETag");
  EXPECT_EQ(put_manifest("v1", second, {{"If-Match", tag}}).status, 201);
  EXPECT_EQ(put_manifest("v1", first, {{"If-Match", tag}}).status, 412);
}

TEST_F(ConformingRegistry, ListsTagsByPages) {
  const std::string document = push_parts();
  for (const char* tag : {"c", "a", "d", "b"}) {
    put_manifest(tag, document);
  }
  EXPECT_EQ(get("/v2/a/b/tags/list").body, R"({"name":"a/b","tags":["a","b","c","d"]})");
  const Answer page = get("/v2/a/b/tags/list?n=3");
  EXPECT_EQ(page.body, R"({"name":"a/b","tags":["a","b","c"]})");
  EXPECT_EQ(page.header("Link"), "<http://test.invalid/v2/a/b/tags/list?n=3&last=c>; rel=\"next\"");
  const Answer last = get("/v2/a/b/tags/list?n=3&last=c");
  EXPECT_EQ(last.body, R"({"name":"a/b","tags":["d"]})");
  EXPECT_EQ(last.header("Link"), "");
  EXPECT_EQ(get("/v2/a/b/tags/list?n=0").body, R"({"name":"a/b","tags":[]})");
  EXPECT_EQ(get("/v2/a/b/tags/list?n=x").status, 400);
  EXPECT_EQ(get("/v2/other/tags/list").status, 404);
}

TEST_F(ConformingRegistry, ListsReferrers) {
  const std::string subject = digest_of("absent for now");
  const auto referrer = [&](std::string_view type) {
    return push_parts(fmt::format(
        R"(,"artifactType":"{}","subject":{{"digest":"{}","size":1}},"annotations":{{"k":"v"}})",
        type, subject));
  };
  const std::string path = "/v2/a/b/referrers/" + subject;
  EXPECT_EQ(get(path).body, R"({"manifests":[],"mediaType":)"
                            R"("application/vnd.oci.image.index.v1+json","schemaVersion":2})");
  const Answer put = put_manifest(digest_of(referrer("text/one")), referrer("text/one"));
  EXPECT_EQ(put.header("OCI-Subject"), subject);
  put_manifest("two", referrer("text/two"));
  const Answer all = get(path);
  EXPECT_EQ(all.header("Content-Type"), "application/vnd.oci.image.index.v1+json");
  EXPECT_THAT(all.body, HasSubstr(R"("annotations":{"k":"v"},"artifactType":"text/one")"));
  EXPECT_THAT(all.body, HasSubstr("text/two"));
  const Answer one = get(path + "?artifactType=text%2Fone");
  EXPECT_EQ(one.header("OCI-Filters-Applied"), "artifactType");
  EXPECT_THAT(one.body, testing::Not(HasSubstr("text/two")));
  EXPECT_EQ(get("/v2/a/b/referrers/nothing").status, 400);
}

TEST_F(ConformingRegistry, RefusesNamesThatAreNone) {
  for (const char* name : {"A", "a//b", "/a", "a/", "a..b", "a___b", "-a", "a_", "a.-b"}) {
    EXPECT_EQ(get(fmt::format("/v2/{}/tags/list", name)).status, 400) << name;
  }
  for (const char* name : {"a", "a/b/c", "a.b", "a_b", "a__b", "a---b", "0"}) {
    EXPECT_EQ(get(fmt::format("/v2/{}/tags/list", name)).status, 404) << name;
  }
}

TEST_F(ConformingRegistry, RemembersItsRequests) {
  put_blob("layer");
  head(blob_path("layer"));
  const auto recorded = registry_.requests();
  ASSERT_EQ(recorded.size(), 3);
  EXPECT_EQ(recorded[0].request.method, "POST");
  EXPECT_EQ(recorded[0].status, 202);
  EXPECT_EQ(recorded[1].body_bytes, 5);
  EXPECT_EQ(recorded[1].request.parameter("digest"), digest_of("layer"));
  EXPECT_EQ(recorded[1].request.headers.get("host"), "test.invalid");
  EXPECT_EQ(recorded[2].request.target, blob_path("layer"));
  EXPECT_EQ(recorded[2].request.connection, 1);
  EXPECT_EQ(registry_.count("HEAD"), 1);
  EXPECT_EQ(registry_.count("", "/uploads/"), 2);
  registry_.clear_requests();
  EXPECT_EQ(registry_.count(), 0);
}

}  // namespace
}  // namespace gantry::test_registry
