#include "registry/download.hpp"

#include <functional>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/partial_blob.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr std::uint64_t kHelpful = std::uint64_t{64} << 10;  // bytes that make an attempt worth it

/// "bytes 100-199/200": 100.
std::optional<std::uint64_t> first_byte(std::string_view content_range) {
  constexpr std::string_view kUnit = "bytes ";
  const auto dash = content_range.find('-');
  if (!content_range.starts_with(kUnit) || dash == std::string_view::npos) {
    return std::nullopt;
  }
  return base::parse_unsigned(content_range.substr(kUnit.size(), dash - kUnit.size()));
}

/// Puts what comes where it belongs, whether or not the registry has heeded the Range.
class BlobSink : public BodySink {
 public:
  BlobSink(oci::PartialBlob& partial, const oci::Descriptor& blob,
           std::function<void(std::uint64_t)> gained)
      : partial_(partial), blob_(blob), gained_(std::move(gained)) {}

  Result<void> begin(const HttpResponse& head) override {
    if (head.status != 206) {
      GANTRY_CHECK(partial_.restart());
    } else if (first_byte(head.headers.get("Content-Range")) != partial_.size()) {
      return Error{fmt::format("asked for bytes {}-, the registry sends '{}'", partial_.size(),
                               base::printable(head.headers.get("Content-Range").substr(0, 100))),
                   "", ""};
    }
    const auto length = base::parse_unsigned(head.headers.get("Content-Length"));
    if (length && *length != blob_.size - partial_.size()) {
      return Error{fmt::format("blob {} has {} bytes, but the registry sends {}",
                               blob_.digest.text(), blob_.size, partial_.size() + *length),
                   "", "the manifest does not fit to what the registry keeps"};
    }
    return {};
  }

  Result<void> write(std::span<const std::byte> bytes) override {
    GANTRY_CHECK(partial_.append(bytes));
    gained_(partial_.size());
    return {};
  }

 private:
  oci::PartialBlob& partial_;
  const oci::Descriptor& blob_;
  std::function<void(std::uint64_t)> gained_;
};

class BlobDownload {
 public:
  BlobDownload(const Repository& repository, const oci::Descriptor& blob, oci::PartialBlob& partial,
               base::Progress& progress)
      : repository_(repository),
        blob_(blob),
        partial_(partial),
        progress_(progress),
        furthest_(partial.size()),
        helped_until_(partial.size()),
        backoff_(repository.session().policy()) {}

  Result<void> run() {
    while (!partial_.complete()) {
      GANTRY_CHECK(get_rest());
    }
    return {};
  }

 private:
  std::string step() const { return "GET blobs/" + blob_.digest.text(); }

  /// From the registry's own URL each time: where it redirects to may be valid for minutes only.
  Result<void> get_rest() {
    BlobSink sink(partial_, blob_, [this](std::uint64_t size) { gained(size); });
    auto get = repository_.operation("GET", "blobs/" + blob_.digest.text());
    if (partial_.size() > 0) {
      get.request.headers.emplace_back("Range", fmt::format("bytes={}-", partial_.size()));
    }
    get.request.sink = &sink;
    get.repeatable = false;
    const auto outcome = repository_.session().perform(std::move(get));
    if (!outcome.answer) {
      const auto& error = outcome.answer.error();
      return outcome.transient ? pause(error) : Result<void>(error);
    }
    const auto& response = outcome.answer->response;
    if (response.successful()) {
      return partial_.complete() ? Result<void>()
                                 : pause(Error{step() + ": the answer ends too early", "", ""});
    }
    const auto error = repository_.failed(*outcome.answer, step());
    if (response.status == 416 && partial_.size() > 0) {
      GANTRY_CHECK(partial_.restart());
      return pause(error);
    }
    return is_passing(response.status)
               ? pause(error, retry_after(response, std::chrono::system_clock::now()))
               : Result<void>(error);
  }

  /// A registry that begins anew each time and never gets further has not helped, nor has one
  /// that gets a few bytes further.
  void gained(std::uint64_t size) {
    if (size > furthest_) {
      progress_.advance(size - furthest_);
      furthest_ = size;
    }
    if (furthest_ - helped_until_ >= kHelpful) {
      helped_until_ = furthest_;
      backoff_.reset();
    }
  }

  Result<void> pause(const Error& error,
                     std::optional<std::chrono::milliseconds> asked = std::nullopt) {
    const auto wait = backoff_.next(asked);
    return wait && wait_for(*wait) ? Result<void>() : error;
  }

  const Repository& repository_;
  const oci::Descriptor& blob_;
  oci::PartialBlob& partial_;
  base::Progress& progress_;
  std::uint64_t furthest_;
  std::uint64_t helped_until_;
  Backoff backoff_;
};

}  // namespace

Result<void> download_blob(const Repository& repository, const oci::Descriptor& blob,
                           const BlobTarget& target, base::Progress& progress) {
  GANTRY_TRY(auto partial, oci::PartialBlob::open(target.blobs, target.temporary, blob));
  if (!partial) {
    return {};
  }
  bool resumed = partial->size() > 0;  // what was left may have been damaged
  for (;;) {
    BlobDownload download(repository, blob, *partial, progress);
    GANTRY_CHECK(download.run());
    GANTRY_TRY(const bool verified, partial->commit());
    if (verified) {
      return {};
    }
    if (!std::exchange(resumed, false)) {
      return Error{
          fmt::format("the registry has sent other bytes than those of blob {}",
                      blob.digest.text()),
          fmt::format("{}/{}", to_text(repository.session().registry()), repository.name()),
          "the registry's storage is damaged, or something before it changes what it "
          "sends"};
    }
  }
}

}  // namespace gantry::registry
