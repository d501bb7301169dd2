#include "registry/upload.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "base/text.hpp"
#include "registry/file_body.hpp"
#include "registry/server_message.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr std::uint64_t kDefaultChunk = std::uint64_t{4} << 20;  // GHCR takes no larger ones
constexpr std::uint64_t kSmallestChunk = std::uint64_t{64} << 10;
constexpr std::uint64_t kSmallestFirstChunk = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestChunk = std::uint64_t{64} << 20;

/// "0-1023", also with "bytes=": 1024. A registry that has nothing says "0-0" too.
std::optional<std::uint64_t> received(const HttpResponse& response) {
  auto range = response.headers.get("Range");
  if (range.empty()) {
    return std::nullopt;
  }
  range = range.substr(range.find('=') == std::string_view::npos ? 0 : range.find('=') + 1);
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.substr(0, dash) != "0") {
    return std::nullopt;
  }
  const auto last = base::parse_unsigned(range.substr(dash + 1));
  if (!last || *last == UINT64_MAX) {
    return std::nullopt;
  }
  return *last == 0 ? 0 : *last + 1;
}

bool says_corrupt(const HttpResponse& response) {
  const auto code = error_code(response);
  return response.status == 400 && (code == "DIGEST_INVALID" || code == "SIZE_INVALID");
}

/// The body was too large, or is wanted in another way: not at all what a 400 says about a digest.
bool rejects_body(const HttpResponse& response) {
  if (says_corrupt(response)) {
    return false;
  }
  const auto status = response.status;
  return status == 400 || status == 405 || status == 411 || status == 413 || status == 416 ||
         status == 501;
}

}  // namespace

BlobUpload::BlobUpload(const Repository& repository, const oci::BlobDirectory& from,
                       const oci::Descriptor& blob, base::Progress& progress)
    : repository_(repository),
      from_(from),
      blob_(blob),
      progress_(progress),
      memory_(repository.session().memory()),
      backoff_(repository.session().policy()) {}

Result<void> BlobUpload::run(std::optional<UploadSession> begun) {
  GANTRY_TRY(fd_, from_.open_blob(blob_));
  auto next = Next::kRestart;
  if (begun) {
    session_ = *std::move(begun);
    next = Next::kGoOn;
  }
  while (next != Next::kDone) {
    if (next == Next::kRestart) {
      GANTRY_TRY(session_, repository_.start_upload());
      offset_ = 0;
      acknowledged_ = 0;
      broken_ = false;
      next = Next::kGoOn;
    }
    if (next == Next::kAsk) {
      GANTRY_TRY(next, ask_offset());
    } else {
      GANTRY_TRY(next, step());
    }
  }
  report(blob_.size);
  return {};
}

Result<BlobUpload::Next> BlobUpload::step() {
  if (offset_ == 0 && in_one_piece()) {
    return put_whole();
  }
  return offset_ < blob_.size ? patch_chunk() : commit();
}

bool BlobUpload::in_one_piece() const {
  return chunk_ == 0 && !memory_.wants_chunks() &&
         blob_.size <= memory_.largest_body().value_or(UINT64_MAX);
}

std::uint64_t BlobUpload::chunk_size() const {
  auto size = chunk_ != 0 ? chunk_ : memory_.largest_body().value_or(kDefaultChunk);
  size = std::max(size, session_.chunk_minimum);
  return std::min(size, blob_.size - offset_);
}

/// Without Content-Range: it is for chunks, and some registries take it amiss.
Result<BlobUpload::Next> BlobUpload::put_whole() {
  FileBody body(fd_.get(), 0, blob_.size, [this](std::uint64_t end) { report(end); });
  auto put = repository_.operation_at(
      "PUT", with_parameter(session_.location, "digest", blob_.digest.text()));
  put.request.headers.emplace_back("Content-Type", "application/octet-stream");
  put.request.body = &body;
  put.repeatable = false;
  const auto outcome = repository_.session().perform(std::move(put));
  if (!outcome.answer && outcome.transient && body.taken() < blob_.size) {
    return after_broken_body(outcome.answer.error(), blob_.size, body.taken());
  }
  if (outcome.answer && rejects_body(outcome.answer->response)) {
    return after_rejected_body(*outcome.answer, blob_.size);
  }
  if (outcome.answer && outcome.answer->response.successful()) {
    return Next::kDone;
  }
  return after_failed_commit(outcome, "PUT of blob " + blob_.digest.text());
}

Result<BlobUpload::Next> BlobUpload::patch_chunk() {
  const auto length = chunk_size();
  FileBody body(fd_.get(), offset_, length, [this](std::uint64_t end) { report(end); });
  auto patch = repository_.operation_at("PATCH", session_.location);
  patch.request.headers.emplace_back("Content-Type", "application/octet-stream");
  patch.request.headers.emplace_back("Content-Range",
                                     fmt::format("{}-{}", offset_, offset_ + length - 1));
  patch.request.body = &body;
  patch.repeatable = false;
  const auto outcome = repository_.session().perform(std::move(patch));
  if (!outcome.answer) {
    return outcome.transient ? after_broken_body(outcome.answer.error(), length, body.taken())
                             : Result<Next>(outcome.answer.error());
  }
  const auto& response = outcome.answer->response;
  if (response.successful()) {
    // The answer's Range is not believed: with some registries (ECR) it stays at the first chunk.
    GANTRY_TRY(session_, repository_.upload_session(*outcome.answer, session_));
    gained(offset_ + length);
    acknowledged_ = offset_;
    asked_ = broken_ = false;
    return Next::kGoOn;
  }
  const auto error = repository_.failed(*outcome.answer, "PATCH of blob " + blob_.digest.text());
  if (response.status == 413 || response.status == 416) {
    return after_rejected_body(*outcome.answer, length);
  }
  if (response.status == 404 || response.status == 400) {  // the upload is forgotten
    return pause_before(Next::kRestart, error);
  }
  return is_passing(response.status) ? pause_before(Next::kAsk, error, &response)
                                     : Result<Next>(error);
}

Result<BlobUpload::Next> BlobUpload::commit() {
  auto put = repository_.operation_at(
      "PUT", with_parameter(session_.location, "digest", blob_.digest.text()));
  put.repeatable = false;
  const auto outcome = repository_.session().perform(std::move(put));
  if (outcome.answer && outcome.answer->response.successful()) {
    return Next::kDone;
  }
  return after_failed_commit(outcome, "PUT of blob " + blob_.digest.text());
}

/// Which may have been heard all the same: the answer can be lost, or the registry may have taken
/// the blob with the last chunk.
Result<BlobUpload::Next> BlobUpload::after_failed_commit(const Outcome& outcome,
                                                         const std::string& step) {
  if (!outcome.answer && !outcome.transient) {
    return outcome.answer.error();
  }
  GANTRY_TRY(const bool there, repository_.head_blob(blob_.digest));
  if (there) {
    return Next::kDone;
  }
  if (!outcome.answer) {
    return pause_before(Next::kAsk, outcome.answer.error());
  }
  const auto error = repository_.failed(*outcome.answer, step);
  const auto& response = outcome.answer->response;
  if (says_corrupt(response)) {
    GANTRY_CHECK(from_.verify(blob_));
    if (std::exchange(found_corrupt_, true)) {
      return error;
    }
    return pause_before(Next::kRestart, error);
  }
  const bool forgotten = response.status == 404 || response.status == 416;
  return forgotten || is_passing(response.status) ? pause_before(Next::kRestart, error, &response)
                                                  : Result<Next>(error);
}

/// Smaller ones may be taken, if the registry does not only mean that we are at the wrong place.
Result<BlobUpload::Next> BlobUpload::after_rejected_body(const Answer& answer,
                                                         std::uint64_t length) {
  const auto error = repository_.failed(answer, "upload of blob " + blob_.digest.text());
  const bool was_whole = offset_ == 0 && length == blob_.size && chunk_ == 0;
  if (was_whole) {
    chunk_ = kDefaultChunk;
    if (length <= kDefaultChunk) {
      memory_.learn_wants_chunks();
    }
    memory_.learn_largest_body(kDefaultChunk);
    return pause_before(Next::kRestart, error);
  }
  if (answer.response.status == 416 && broken_ && length <= kDefaultChunk) {
    return at_the_wrong_place();
  }
  if (const auto range = received(answer.response);
      answer.response.status == 416 && range && *range != offset_ && *range <= blob_.size) {
    auto paused = pause_before(Next::kGoOn, error);
    offset_ = *range;
    return paused;
  }
  if (length <= std::max(kSmallestChunk, session_.chunk_minimum)) {
    return error;
  }
  chunk_ = std::max({std::bit_floor(length / 2), kSmallestChunk, session_.chunk_minimum});
  memory_.learn_largest_body(chunk_);
  return pause_before(asked_ ? Next::kRestart : Next::kAsk, error);
}

/// After a break the registry has not told the truth about how far it has got: with some (ECR)
/// Range stays at the first chunk. It may be where the last chunk ended that it has taken.
BlobUpload::Next BlobUpload::at_the_wrong_place() {
  if (acknowledged_ <= offset_) {
    return Next::kRestart;
  }
  offset_ = std::exchange(acknowledged_, 0);
  return Next::kGoOn;
}

/// What has passed before the connection broke passes again, in chunks of a part of that.
Result<BlobUpload::Next> BlobUpload::after_broken_body(Error error, std::uint64_t length,
                                                       std::uint64_t taken) {
  broken_ = true;
  if (chunk_ == 0) {
    chunk_ = std::clamp(std::bit_floor(taken) / 4, kSmallestFirstChunk, kLargestChunk);
  } else if (std::exchange(broken_at_, offset_) == offset_) {  // not even one of them has passed
    chunk_ = std::max(length / 2, kSmallestChunk);
  }
  return pause_before(Next::kAsk, std::move(error));
}

Result<BlobUpload::Next> BlobUpload::ask_offset() {
  const auto outcome =
      repository_.session().perform(repository_.operation_at("GET", session_.location));
  if (!outcome.answer) {
    return outcome.answer.error();
  }
  const auto& answer = *outcome.answer;
  if (!answer.response.successful()) {
    // It has forgotten the upload, or cannot tell: also when the blob is complete.
    if (answer.response.status == 404 && offset_ == blob_.size) {
      GANTRY_TRY(const bool there, repository_.head_blob(blob_.digest));
      if (there) {
        return Next::kDone;
      }
    }
    return Next::kRestart;
  }
  GANTRY_TRY(session_, repository_.upload_session(answer, session_));
  const auto offset = received(answer.response).value_or(0);
  if (offset > blob_.size) {
    return Next::kRestart;
  }
  gained(offset);
  asked_ = true;
  return Next::kGoOn;
}

/// At least as long as the answer asks for, if there is one.
Result<BlobUpload::Next> BlobUpload::pause_before(Next next, Error error,
                                                  const HttpResponse* answer) {
  const auto asked =
      answer != nullptr ? retry_after(*answer, std::chrono::system_clock::now()) : std::nullopt;
  const auto wait = backoff_.next(asked);
  if (!wait || !wait_for(*wait)) {
    return error;
  }
  return next;
}

void BlobUpload::gained(std::uint64_t offset) {
  offset_ = offset;
  if (offset > furthest_) {
    backoff_.reset();
    furthest_ = offset;
  }
}

/// Never the same bytes twice, however often they are sent.
void BlobUpload::report(std::uint64_t end) {
  if (end > reported_) {
    progress_.advance(end - reported_);
    reported_ = end;
  }
}

Result<void> put_blob(const Repository& repository, const oci::BlobDirectory& from,
                      const oci::Descriptor& blob) {
  GANTRY_TRY(const bool there, repository.head_blob(blob.digest));
  if (there) {
    return {};
  }
  const auto progress = base::make_progress("push " + repository.name(), blob.size);
  return BlobUpload(repository, from, blob, *progress).run(std::nullopt);
}

}  // namespace gantry::registry
