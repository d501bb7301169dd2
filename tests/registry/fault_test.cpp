#include "tests/registry/fault.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/registry/fixture.hpp"

namespace gantry::test_registry {
namespace {

using std::chrono::steady_clock;

class Faults : public RegistryTest {
 protected:
  void plan(std::string_view text) {
    const auto fault = parse_fault(text);
    ASSERT_TRUE(fault) << fault.error().what;
    registry_.add_fault(*fault);
  }
};

TEST_F(Faults, AnswerAStatusSoManyTimes) {
  plan("method=GET|HEAD,target=^/v2/$,skip=1,times=2,status=503,body=busy,header=Retry-After: 1");
  EXPECT_EQ(get("/v2/").status, 200);
  const Answer busy = get("/v2/");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.body, "busy");
  EXPECT_EQ(busy.header("Retry-After"), "1");
  EXPECT_EQ(get("/v2/a/tags/list").status, 404);
  EXPECT_EQ(client_.request("POST", "/v2/").status, 200);
  EXPECT_EQ(get("/v2/").status, 503);
  EXPECT_EQ(get("/v2/").status, 200);
  plan("status=500,times=always");
  EXPECT_EQ(get("/v2/").status, 500);
  registry_.clear_faults();
  EXPECT_EQ(get("/v2/").status, 200);
}

TEST_F(Faults, LimitTheRateInEveryForm) {
  plan("status=429,header=Retry-After: Sat\\, 21 Nov 2026 05:00:00 GMT");
  EXPECT_EQ(get("/v2/").header("Retry-After"), "Sat, 21 Nov 2026 05:00:00 GMT");
  plan("status=429,body=retry-after: 880µs\\, allowed: 1/minute");
  const Answer limited = get("/v2/");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.body, "retry-after: 880µs, allowed: 1/minute");
}

TEST_F(Faults, DropARequestInItsBody) {
  const std::string session = start_upload();
  plan("method=PATCH,drop-request-after=3");
  EXPECT_EQ(client_.request("PATCH", session, "layer").status, 0);
  EXPECT_TRUE(client_.ended());
  RawClient again(registry_.host());
  EXPECT_EQ(again.request("GET", session).header("Range"), "0-2");
  EXPECT_EQ(again.request("PATCH", session, "er", {{"Content-Range", "3-4"}}).status, 202);
}

TEST_F(Faults, DropARequestBeforeItIsServed) {
  plan("method=HEAD,drop-request-after=0");
  EXPECT_EQ(head("/v2/").status, 0);
  EXPECT_TRUE(client_.ended());
  EXPECT_EQ(registry_.requests().back().status, 0);
}

TEST_F(Faults, CutAnAnswer) {
  put_blob("0123456789");
  for (const char* fault :
       {"target=blobs/,drop-response-after=4", "target=blobs/,end-response-after=4"}) {
    plan(fault);
    RawClient client(registry_.host());
    const Answer cut = client.request("GET", blob_path("0123456789"));
    EXPECT_EQ(cut.header("Content-Length"), "10");
    EXPECT_FALSE(cut.complete);
    EXPECT_TRUE(client.ended());
  }
  EXPECT_EQ(get(blob_path("0123456789")).body, "0123456789");
}

TEST_F(Faults, InvertAByte) {
  put_blob("layer");
  plan("target=blobs/,wrong-byte-at=2");
  const Answer wrong = get(blob_path("layer"));
  EXPECT_EQ(wrong.body,
            "la\x86"
            "er");
}

TEST_F(Faults, NeverEndABody) {
  plan("endless");
  client_.send("GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\n");
  const Answer endless = client_.receive();
  EXPECT_EQ(endless.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(endless.header("Content-Length"), "");
  std::size_t bytes = 0;
  while (bytes < (std::size_t{4} << 20)) {
    const std::size_t more = client_.discard();
    ASSERT_GT(more, 0);
    bytes += more;
  }
}

TEST_F(Faults, SendMegabytesOfHeaders) {
  plan("header-bytes=1M");
  const Answer answer = get("/v2/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_GT(answer.head.size(), 1U << 20);
}

TEST_F(Faults, DelayAndSlowDown) {
  const auto begin = steady_clock::now();
  plan("delay=200");
  EXPECT_EQ(get("/v2/").status, 200);
  EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(200));
  put_blob("0123456789");
  plan("target=blobs/,bytes-per-second=50");
  const auto slow = steady_clock::now();
  EXPECT_EQ(get(blob_path("0123456789")).body, "0123456789");
  EXPECT_GE(steady_clock::now() - slow, std::chrono::milliseconds(150));
}

TEST_F(Faults, RedirectToAPrivateAddress) {
  plan("status=307,header=Location: http://169.254.169.254/secret");
  EXPECT_EQ(get("/v2/").header("Location"), "http://169.254.169.254/secret");
}

TEST_F(Faults, BreakTheLine) {
  const std::string session = start_upload();
  registry_.break_connections(1000, 2);
  const std::string body(10'000, 'x');
  for (int i = 0; i < 2; ++i) {
    RawClient client(registry_.host());
    EXPECT_EQ(client.request("PATCH", session, body).status, 0);
    EXPECT_TRUE(client.ended());
  }
  RawClient client(registry_.host());
  EXPECT_EQ(client.request("PATCH", session, body).status, 202);
}

TEST(Fault, IsReadFromText) {
  for (const char* bad :
       {"", "unknown=1", "status", "status=x", "header=x", "method=(", "endless=1", "delay=1.5"}) {
    EXPECT_FALSE(parse_fault(bad)) << bad;
  }
  EXPECT_EQ(parse_fault("unknown=1").error().what, "\"unknown=1\" is no part of a fault");
  const auto fault = parse_fault("method=PUT,drop-request-after=1M,times=3");
  ASSERT_TRUE(fault) << fault.error().what;
  EXPECT_EQ(fault->method, "PUT");
  EXPECT_EQ(fault->drop_request_after, 1U << 20);
  EXPECT_EQ(fault->times, 3);
}

}  // namespace
}  // namespace gantry::test_registry
