#include "oci/verifying_source.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace gantry::oci {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;

}  // namespace

VerifyingSource::VerifyingSource(std::unique_ptr<ByteSource> inner, Claim claim)
    : inner_(std::move(inner)), claim_(std::move(claim)), buffer_(kBuffer) {}

base::Result<std::size_t> VerifyingSource::read(std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    if (begin_ == end_) {
      if (ended_) {
        break;
      }
      GANTRY_CHECK(fill());
      continue;
    }
    const auto piece = std::min(into.size() - done, end_ - begin_);
    std::memcpy(into.data() + done, buffer_.data() + begin_, piece);
    begin_ += piece;
    done += piece;
  }
  return done;
}

base::Result<void> VerifyingSource::fill() {
  GANTRY_TRY(const auto count, inner_->read(buffer_));
  if (claim_.digest) {
    hash_.update(std::span(buffer_).first(count));
  }
  total_ += count;
  if (claim_.size && total_ > *claim_.size) {
    return base::Error{fmt::format("{} is longer than its {} bytes", claim_.what, *claim_.size), "",
                       ""};
  }
  if (total_ > claim_.limit) {
    return base::Error{fmt::format("{} is longer than {} bytes, the most that is allowed",
                                   claim_.what, claim_.limit),
                       "", "this may be a decompression bomb"};
  }
  begin_ = 0;
  end_ = count;
  if (count < buffer_.size()) {
    ended_ = true;
    GANTRY_CHECK(verify());
  }
  return {};
}

base::Result<void> VerifyingSource::verify() {
  if (claim_.size && total_ != *claim_.size) {
    return base::Error{
        fmt::format("{} has {} bytes instead of {}", claim_.what, total_, *claim_.size), "", ""};
  }
  if (claim_.digest) {
    const auto found = hash_.finish();
    if (found != *claim_.digest) {
      return base::Error{fmt::format("the digest of {} is not as expected: expected {}, found {}",
                                     claim_.what, claim_.digest->text(), found.text()),
                         "", ""};
    }
  }
  return {};
}

}  // namespace gantry::oci
