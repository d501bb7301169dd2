// The functions of EVP would do the same, after 0.7 ms in which they read a configuration and look
// for providers, and would not let their state be seen.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "content/digest.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "content/sha256_blocks.hpp"

namespace gantry::content {

base::Result<Digest> Digest::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  const auto malformed = [&] {
    return base::Error{fmt::format("'{}' is not a SHA-256 digest", base::printable(text)), "",
                       "a digest is sha256: and 64 lower-case hexadecimal digits"};
  };
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 64) {
    return malformed();
  }
  const auto hex = text.substr(kPrefix.size());
  const auto bytes = base::from_hex(hex);
  if (!bytes || std::any_of(hex.begin(), hex.end(), [](char c) { return c >= 'A' && c <= 'F'; })) {
    return malformed();
  }
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

std::string Digest::hex() const {
  return base::to_hex(bytes);
}

Sha256::Sha256() : state_(std::make_unique<SHA256_CTX>()) {
  SHA256_Init(state_.get());
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  SHA256_Update(state_.get(), bytes.data(), bytes.size());
}

void Sha256::update_both(Sha256& first, std::span<const std::byte> of_first, Sha256& second,
                         std::span<const std::byte> of_second) {
  if (can_hash_two()) {
    of_first = first.complete_block(of_first);
    of_second = second.complete_block(of_second);
    const auto blocks = std::min(of_first.size(), of_second.size()) / SHA256_CBLOCK;
    hash_two({{{first.state_->h, of_first.data()}, {second.state_->h, of_second.data()}}}, blocks);
    first.count(blocks * SHA256_CBLOCK);
    second.count(blocks * SHA256_CBLOCK);
    of_first = of_first.subspan(blocks * SHA256_CBLOCK);
    of_second = of_second.subspan(blocks * SHA256_CBLOCK);
  }
  first.update(of_first);
  second.update(of_second);
}

std::span<const std::byte> Sha256::complete_block(std::span<const std::byte> bytes) {
  const std::size_t begun = state_->num;
  const auto missing = begun == 0 ? 0 : std::min(SHA256_CBLOCK - begun, bytes.size());
  update(bytes.first(missing));
  return bytes.subspan(missing);
}

void Sha256::count(std::uint64_t bytes) {
  const auto bits = ((std::uint64_t{state_->Nh} << 32) | state_->Nl) + 8 * bytes;
  state_->Nl = static_cast<SHA_LONG>(bits);
  state_->Nh = static_cast<SHA_LONG>(bits >> 32);
}

Digest Sha256::finish() {
  Digest digest;
  SHA256_Final(digest.bytes.data(), state_.get());
  return digest;
}

Digest sha256(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.finish();
}

base::Result<Digest> sha256_of_file(const std::filesystem::path& path, std::uint64_t size) {
  GANTRY_TRY(const base::Fd fd, base::open_file(path, O_RDONLY | O_NOFOLLOW));
  std::array<std::byte, 1 << 17> buffer;
  Sha256 hash;
  std::uint64_t total = 0;
  for (;;) {
    const auto count = read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", path);
    }
    if (count == 0) {
      break;
    }
    hash.update(std::span(buffer.data(), static_cast<std::size_t>(count)));
    total += static_cast<std::uint64_t>(count);
  }
  if (total != size) {
    return base::Error{fmt::format("{} changed while it was read", path.native()), "",
                       "something writes to it while Gantry reads it"};
  }
  return hash.finish();
}

}  // namespace gantry::content
