#include "registry/upload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;

class Count : public base::Progress {
 public:
  void advance(std::uint64_t bytes) override { bytes_ += bytes; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

class Upload : public RegistryFixture {
 protected:
  base::Result<void> upload(const oci::Descriptor& blob) {
    Count progress;
    const auto to = repository();
    BlobUpload upload(to, store_.blobs(), blob, progress);
    auto done = upload.run(std::nullopt);
    if (done) {
      EXPECT_EQ(progress.bytes(), blob.size);
    }
    return done;
  }

  void expect_arrives(std::size_t size) {
    const auto blob = put(noise(size, 7), oci::media_type::kLayerGzip);
    const auto uploaded = upload(blob);
    ASSERT_TRUE(uploaded) << uploaded.error().what << "\n" << testing::PrintToString(requests());
    EXPECT_TRUE(registry_.has_blob("team/app", blob.digest));
  }

  std::uint64_t sent_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& recorded : registry_.requests()) {
      bytes += recorded.body_bytes;
    }
    return bytes;
  }
};

TEST_F(Upload, IsOnePutWithoutContentRange) {
  expect_arrives(3 * kMebibyte);
  const auto all = registry_.requests();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].request.method, "PUT");
  EXPECT_FALSE(all[1].request.headers.has("Content-Range"));
  EXPECT_FALSE(all[1].request.headers.has("Expect"));
  EXPECT_EQ(all[1].request.headers.get("Content-Length"), "3145728");
}

TEST_F(Upload, OfNothingArrives) {
  expect_arrives(0);
}

struct Quirk {
  const char* name;
  std::size_t size;
};

class UploadWith : public Upload, public testing::WithParamInterface<Quirk> {};

TEST_P(UploadWith, Arrives) {
  for (const auto name : base::split(GetParam().name, ' ')) {
    set_quirk(name);
  }
  expect_arrives(GetParam().size);
  // And the next one, with what was learnt.
  const auto blob = put(noise(GetParam().size, 8), oci::media_type::kLayerGzip);
  const auto uploaded = upload(blob);
  ASSERT_TRUE(uploaded) << uploaded.error().what;
  EXPECT_TRUE(registry_.has_blob("team/app", blob.digest));
}

INSTANTIATE_TEST_SUITE_P(
    Quirks, UploadWith,
    testing::Values(Quirk{"location=relative", 100}, Quirk{"location=foreign-host", 100},
                    Quirk{"state-query", 100}, Quirk{"rotating-session-url", 100},
                    Quirk{"state-query rotating-session-url location=relative body-maximum=5M",
                          11 * kMebibyte},
                    Quirk{"zero-range-on-start body-maximum=5M", 11 * kMebibyte},
                    Quirk{"sticky-range body-maximum=5M", 11 * kMebibyte},
                    Quirk{"ignore-content-range body-maximum=5M", 11 * kMebibyte},
                    Quirk{"no-upload-status body-maximum=5M", 11 * kMebibyte},
                    Quirk{"patch-required", 100}, Quirk{"patch-required", 11 * kMebibyte},
                    Quirk{"patch-required chunk-minimum=6M", 14 * kMebibyte},
                    Quirk{"chunk-maximum=4M monolithic-maximum=5M", 11 * kMebibyte},
                    Quirk{"chunk-maximum=1M monolithic-maximum=5M", 11 * kMebibyte},
                    Quirk{"body-maximum=1M", 11 * kMebibyte},
                    Quirk{"monolithic-maximum=1M", 11 * kMebibyte}, Quirk{"put-status=204", 100},
                    Quirk{"patch-required patch-status=204", 100},
                    Quirk{"patch-required patch-status=201", 100}, Quirk{"lf-only", 100},
                    Quirk{"no-single-post", 100}));

struct BreakWith {
  const char* quirks;
};

class UploadOverABreakWith : public Upload, public testing::WithParamInterface<BreakWith> {};

TEST_P(UploadOverABreakWith, Arrives) {
  for (const auto name : base::split(GetParam().quirks, ' ')) {
    set_quirk(name);
  }
  registry_.break_connections(3 * kMebibyte, 3);
  expect_arrives(11 * kMebibyte);
}

INSTANTIATE_TEST_SUITE_P(
    Quirks, UploadOverABreakWith,
    testing::Values(BreakWith{"zero-range-on-start"}, BreakWith{"sticky-range"},
                    BreakWith{"ignore-content-range"},
                    BreakWith{"ignore-content-range sticky-range"}, BreakWith{"no-upload-status"},
                    BreakWith{"rotating-session-url state-query"},
                    BreakWith{"stale-session rotating-session-url"},
                    BreakWith{"location=foreign-host"}, BreakWith{"location=relative"},
                    BreakWith{"chunk-minimum=2M"}, BreakWith{"chunk-maximum=4M"},
                    BreakWith{"patch-status=204"}, BreakWith{"patch-status=201 put-status=204"}));

TEST_F(Upload, OfWhichOneByteIsThereGoesOn) {
  set_quirk("patch-required");
  add_fault("method=PATCH,drop-request-after=1");  // and "Range: 0-0" may mean none, or one
  expect_arrives(9 * kMebibyte);
}

TEST_F(Upload, InChunksSaysWhichBytesWithoutUnitAndTotal) {
  set_quirk("patch-required");
  expect_arrives(9 * kMebibyte);
  std::vector<std::string> ranges;
  for (const auto& recorded : registry_.requests()) {
    if (recorded.request.method == "PATCH") {
      ranges.emplace_back(recorded.request.headers.get("Content-Range"));
    }
  }
  EXPECT_THAT(ranges, testing::ElementsAre("0-4194303", "4194304-8388607", "8388608-9437183"));
}

TEST_F(Upload, SendsNoBytesByPost) {
  set_quirk("no-single-post");
  expect_arrives(1000);
  for (const auto& recorded : registry_.requests()) {
    if (recorded.request.method == "POST") {
      EXPECT_EQ(recorded.body_bytes, 0U);
      EXPECT_EQ(recorded.request.headers.get("Content-Length"), "0");
    }
  }
}

class UploadTo : public Upload,
                 public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(UploadTo, APlaceThatARegistryMustNotNameSendsNothing) {
  test_registry::Fault fault;
  fault.method = "POST";
  fault.headers = {{"Location", GetParam().first}};
  registry_.add_fault(std::move(fault));
  const auto uploaded = upload(put("x", oci::media_type::kLayerGzip));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().what, HasSubstr(GetParam().second));
  EXPECT_EQ(registry_.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, UploadTo,
    testing::Values(std::pair("http://169.254.169.254/upload?x=y", "a link-local address"),
                    std::pair("http://192.168.0.1/upload", "a private address"),
                    std::pair("ftp://127.0.0.1/upload", "its scheme is neither https nor http")));

TEST_F(Upload, ToAnotherHostHasNoCredentials) {
  want_login(test_registry::AuthOptions::Scheme::kBasic);
  set_quirk("location=foreign-host");
  expect_arrives(1000);
  EXPECT_TRUE(registry_.requests().back().request.headers.has("Authorization"));
  const auto elsewhere = registry_.storage_requests();
  ASSERT_EQ(elsewhere.size(), 1U);  // the same address, but another port
  EXPECT_EQ(elsewhere[0].request.method, "PUT");
  EXPECT_FALSE(elsewhere[0].request.headers.has("Authorization"));
}

TEST_F(Upload, WhoseTokenIsRevokedMeanwhileGoesOnWithAnother) {
  want_login(test_registry::AuthOptions::Scheme::kBearer);
  hurry_ = std::chrono::seconds(20);  // no token is so new that another would be no better
  for (const auto* quirk : {"patch-required=off", "patch-required"}) {  // whole, and in chunks
    SCOPED_TRACE(quirk);
    set_quirk(quirk);
    add_fault("method=PUT,status=401");
    add_fault("method=PATCH,skip=1,status=401");
    registry_.clear_requests();
    expect_arrives(9 * kMebibyte);
    EXPECT_GE(registry_.token_requests().size(), 1U);
  }
}

TEST_F(Upload, ReadsARefusalWhileItStillSends) {
  add_fault("method=PUT,status=403,body={\"errors\":[{\"code\":\"DENIED\"}]}");
  const auto uploaded = upload(put(noise(16 * kMebibyte, 3), oci::media_type::kLayerGzip));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().what, HasSubstr("the registry answers 403: DENIED"));
  EXPECT_EQ(registry_.count("PUT"), 1U);
}

TEST_F(Upload, GivesUpWhereTheRegistryAsksForTooLongAPause) {
  add_fault("method=PUT,status=503,header=Retry-After: 86400,times=9");
  const auto uploaded = upload(put("x", oci::media_type::kLayerGzip));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().what, HasSubstr("503"));
  EXPECT_THAT(uploaded.error().what, HasSubstr("(retry after 86400)"));
  EXPECT_EQ(registry_.count("PUT"), 1U);
}

TEST_F(Upload, InChunksHonoursTheirLeastLength) {
  set_quirk("patch-required");
  set_quirk("chunk-minimum=6M");
  expect_arrives(14 * kMebibyte);
  std::vector<std::uint64_t> lengths;
  for (const auto& recorded : registry_.requests()) {
    if (recorded.request.method == "PATCH" && recorded.status == 202) {
      lengths.push_back(recorded.body_bytes);
    }
  }
  EXPECT_THAT(lengths, testing::ElementsAre(6 * kMebibyte, 6 * kMebibyte, 2 * kMebibyte));
}

TEST_F(Upload, RemembersTheLargestBodyThatPasses) {
  set_quirk("body-maximum=5M");
  expect_arrives(11 * kMebibyte);
  registry_.clear_requests();
  const auto blob = put(noise(11 * kMebibyte, 9), oci::media_type::kLayerGzip);
  ASSERT_TRUE(upload(blob));
  for (const auto& recorded : registry_.requests()) {
    EXPECT_LT(recorded.status, 400) << recorded.request.method;
  }
}

TEST_F(Upload, OverConnectionsThatBreakSendsAtMostOneChunkAgainForEach) {
  constexpr std::uint64_t kSize = 64 * kMebibyte;
  constexpr unsigned kBreaks = 12;
  registry_.break_connections(4 * kMebibyte, kBreaks);
  expect_arrives(kSize);
  // 4 MiB passed before the first break: chunks of 1 MiB at most.
  EXPECT_LE(sent_bytes(), kSize + kBreaks * kMebibyte);
}

TEST_F(Upload, BeginsAnewWhereTheSessionIsGone) {
  set_quirk("stale-session");
  set_quirk("patch-required");
  add_fault("method=PATCH,drop-request-after=100K,times=2");
  expect_arrives(8 * kMebibyte);
  EXPECT_EQ(registry_.count("POST"), 1U + 1 + 2);  // one more to find out that it wants chunks
}

TEST_F(Upload, BeginsAnewWhereTheRegistryHasForgottenItBetweenChunks) {
  set_quirk("patch-required");
  add_fault(
      "method=PATCH,skip=1,status=404,"
      "body={\"errors\":[{\"code\":\"BLOB_UPLOAD_UNKNOWN\"}]}");
  expect_arrives(9 * kMebibyte);
}

TEST_F(Upload, LooksWhetherTheBlobIsThereWhenTheLastAnswerIsLost) {
  http_options_.answer_timeout = std::chrono::milliseconds(200);
  client_ = *HttpClient::create(http_options_);
  add_fault("method=PUT,delay=2000");
  expect_arrives(1000);
  EXPECT_EQ(registry_.count("PUT"), 1U);
  EXPECT_EQ(registry_.count("HEAD", "/blobs/"), 1U);
}

TEST_F(Upload, OutlivesAnOverloadedRegistry) {
  add_fault("method=PUT,status=503,times=2");
  add_fault("method=POST,status=429,header=Retry-After: 0,times=2");
  expect_arrives(1000);
}

class UploadThatIsRefused : public Upload, public testing::WithParamInterface<int> {};

TEST_P(UploadThatIsRefused, IsNotRetried) {
  test_registry::Fault fault;
  fault.method = "POST";
  fault.times = 9;
  fault.status = GetParam();
  fault.body = R"({"errors":[{"code":"DENIED","message":"over quota"}]})";
  registry_.add_fault(std::move(fault));
  const auto uploaded = upload(put("x", oci::media_type::kLayerGzip));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().what, HasSubstr("DENIED"));
  EXPECT_EQ(registry_.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(ByStatus, UploadThatIsRefused, testing::Values(400, 403, 404));

TEST_F(Upload, OfADamagedBlobSaysWhichFile) {
  const auto blob = put("what it was", oci::media_type::kLayerGzip);
  const auto path = store_.blobs().path_of(blob.digest);
  ASSERT_TRUE(base::remove_tree(path));
  ASSERT_TRUE(base::write_file(path, "what it is."));
  const auto uploaded = upload(blob);
  ASSERT_FALSE(uploaded);
  EXPECT_EQ(uploaded.error().where, path.native());
  EXPECT_FALSE(registry_.has_blob("team/app", blob.digest));
}

TEST_F(Upload, GivesUpWhenNothingIsGained) {
  add_fault("method=PUT,times=99,drop-request-after=0");
  add_fault("method=PATCH,times=99,drop-request-after=0");
  const auto uploaded = upload(put(noise(3 * kMebibyte, 5), oci::media_type::kLayerGzip));
  ASSERT_FALSE(uploaded);
  EXPECT_THAT(uploaded.error().what, HasSubstr("no answer from " + registry_.url()));
}

}  // namespace
}  // namespace gantry::registry
