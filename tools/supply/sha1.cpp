#include "supply/sha1.hpp"

#include <array>
#include <cstdint>
#include <new>

#include <openssl/evp.h>

#include "base/text.hpp"

namespace gantry::supply {

void Sha1::Free::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

Sha1::Sha1() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr || EVP_DigestInit_ex(context_.get(), EVP_sha1(), nullptr) != 1) {
    throw std::bad_alloc();
  }
}

Sha1::~Sha1() = default;

void Sha1::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha1::finish() {
  std::array<std::uint8_t, 20> digest{};
  EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
  return base::to_hex(digest);
}

}  // namespace gantry::supply
