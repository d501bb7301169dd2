#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/registry/fixture.hpp"

namespace gantry::test_registry {
namespace {

using testing::HasSubstr;

class Wire : public RegistryTest {};

TEST_F(Wire, KeepsAConnectionForManyRequests) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(get("/v2/").status, 200);
  }
  EXPECT_EQ(registry_.requests().back().request.connection, 1);
}

TEST_F(Wire, AnswersPipelinedRequestsInOrder) {
  put_blob("layer");
  client_.send(
      "GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\n"
      "HEAD " +
      blob_path("layer") +
      " HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET " +
      blob_path("layer") +
      " HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /v2/c/tags/list HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client_.receive().body, "{}");
  EXPECT_EQ(client_.receive(true).header("Content-Length"), "5");
  EXPECT_EQ(client_.receive().body, "layer");
  EXPECT_EQ(client_.receive().status, 404);
}

TEST_F(Wire, ReadsABodyInChunks) {
  const std::string session = start_upload();
  client_.send("PATCH " + session +
               " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3;extension=1\r\nlay\r\n2\r\ner\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(client_.receive().header("Range"), "0-4");
  EXPECT_EQ(client_.request("PUT", with_digest(session, "layer")).status, 201);
}

TEST_F(Wire, EndsAConnectionWithMalformedChunks) {
  const std::string session = start_upload();
  client_.send("PATCH " + session +
               " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nlay\r\nxyz\r\n");
  EXPECT_EQ(client_.receive().status, 0);
  EXPECT_TRUE(client_.ended());
  RawClient again(registry_.host());
  EXPECT_EQ(again.request("GET", session).header("Range"), "0-2");
}

TEST_F(Wire, AsksForABodyThatWaits) {
  const std::string session = with_digest(start_upload(), "layer");
  client_.send("PUT " + session +
               " HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client_.receive(true).status, 100);
  client_.send("layer");
  EXPECT_EQ(client_.receive().status, 201);
}

TEST_F(Wire, DoesNotAskForABodyThatItRefuses) {
  client_.send(
      "PUT /v2/a/b/blobs/uploads/none HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
      "Expect: 100-continue\r\n\r\n");
  const Answer refused = client_.receive();
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.header("Connection"), "close");
}

TEST_F(Wire, RefusesWhatIsNotARequest) {
  for (const char* text :
       {"\x16\x03\x01 TLS\r\n\r\n", "GET /v2/\r\n\r\n", "GET v2 HTTP/1.1\r\n\r\n",
        "GET /v2/ HTTP/2.0\r\n\r\n", "GET /%4 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nfield\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    RawClient client(registry_.host());
    client.send(text);
    EXPECT_EQ(client.receive().status, 400) << text;
    EXPECT_TRUE(client.ended()) << text;
  }
  RawClient client(registry_.host());
  client.send("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x'));
  client.send("\r\n\r\n");
  EXPECT_EQ(client.receive().status, 431);
  EXPECT_EQ(get("/v2/").status, 200);
}

TEST_F(Wire, LetsTheAnswerBeReadBeforeALongUnwantedBody) {
  const std::string body(std::size_t{8} << 20, 'x');
  const Answer refused = client_.request("PUT", "/v2/a/b/blobs/uploads/none", body);
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.header("Connection"), "close");
}

TEST_F(Wire, KeepsWhatCameBeforeABreak) {
  const std::string session = start_upload();
  break_patch(session);
  const Answer status = get(session);
  EXPECT_EQ(status.status, 204);
  EXPECT_EQ(status.header("Range"), "0-4");
  EXPECT_EQ(registry_.requests().back().status, 204);
  EXPECT_EQ(registry_.requests()[1].status, 0);
  EXPECT_EQ(registry_.requests()[1].body_bytes, 5);
}

TEST_F(Wire, StopsWhileClientsAreConnected) {
  auto other = TestRegistry::start({});
  ASSERT_TRUE(other) << other.error().what;
  RawClient idle(other->host());
  EXPECT_EQ(idle.request("GET", "/v2/").status, 200);
  RawClient silent(other->host());
  other = base::Error{};
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(silent.ended());
}

TEST(Certificates, ServeTls) {
  const auto directory = base::TempDir::create();
  ASSERT_TRUE(directory) << directory.error().what;
  const auto made = make_certificate(directory->path());
  ASSERT_TRUE(made) << made.error().what;
  const auto registry = TestRegistry::start({.tls = *made});
  ASSERT_TRUE(registry) << registry.error().what;
  EXPECT_THAT(registry->url(), testing::StartsWith("https://127.0.0.1:"));
  RawClient plain(registry->host());
  EXPECT_EQ(plain.request("GET", "/v2/").status, 0);
  const auto missing = TestRegistry::start({.tls = TlsOptions{"/none.pem", {}, {}}});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("cannot read the certificate"));
}

}  // namespace
}  // namespace gantry::test_registry
