#include "content/digest.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

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

void Sha256::Free::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  Digest digest;
  EVP_DigestFinal_ex(context_.get(), digest.bytes.data(), nullptr);
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
