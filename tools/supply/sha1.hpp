#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace gantry::supply {

/// Incremental SHA-1 (OpenSSL): SPDX 2.3 names files by it. Nothing here trusts it.
class Sha1 {
 public:
  Sha1();
  Sha1(Sha1&&) noexcept = default;
  Sha1& operator=(Sha1&&) noexcept = default;
  ~Sha1();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  /// 40 lower-case hexadecimal digits. Nothing may be added after it.
  std::string finish();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace gantry::supply
