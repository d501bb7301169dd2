#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

struct SHA256state_st;  // OpenSSL's SHA256_CTX

namespace gantry::content {

/// A SHA-256 digest; its text form is "sha256:" and 64 lower-case hexadecimal digits (image-spec,
/// descriptor.md). Other registered algorithms are refused.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  static base::Result<Digest> parse(std::string_view text);
  std::string hex() const;
  std::string text() const { return "sha256:" + hex(); }
  auto operator<=>(const Digest&) const = default;
};

/// Incremental SHA-256 (OpenSSL).
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

  /// The same as an update of each, in less time on processors that can do two at once.
  static void update_both(Sha256& first, std::span<const std::byte> of_first, Sha256& second,
                          std::span<const std::byte> of_second);

  /// The digest of all that was given. Nothing may be added after it.
  Digest finish();

 private:
  /// Completes a block that was begun; returns what of bytes comes after it.
  std::span<const std::byte> complete_block(std::span<const std::byte> bytes);
  /// So many bytes have been taken into the state.
  void count(std::uint64_t bytes);

  std::unique_ptr<SHA256state_st> state_;
};

Digest sha256(std::string_view text);

/// Of a whole file, which must be size bytes long; one that something writes to meanwhile is an
/// error.
base::Result<Digest> sha256_of_file(const std::filesystem::path& path, std::uint64_t size);

}  // namespace gantry::content
