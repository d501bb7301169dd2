#include "content/identity.hpp"

#include <cstring>

#include "base/text.hpp"

namespace gantry::content {

namespace {

constexpr std::string_view kStatPrefix = "stat:";
constexpr std::string_view kDigestPrefix = "sha256:";

}  // namespace

Identity Identity::of_status(const struct stat& status) {
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
  };
  const std::array<std::uint64_t, 4> numbers = {
      status.st_dev, status.st_ino, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
  Identity identity;
  static_assert(sizeof numbers == sizeof identity.bytes_);
  std::memcpy(identity.bytes_.data(), numbers.data(), sizeof numbers);
  identity.kind_ = Kind::kStat;
  return identity;
}

std::string Identity::text() const {
  if (empty()) {
    return "";
  }
  return std::string(kind_ == Kind::kStat ? kStatPrefix : kDigestPrefix) + base::to_hex(bytes_);
}

std::optional<Identity> Identity::parse(std::string_view text) {
  if (text.empty()) {
    return Identity();
  }
  const bool is_stat = text.starts_with(kStatPrefix);
  const auto digest = Digest::parse(
      is_stat ? std::string(kDigestPrefix).append(text.substr(kStatPrefix.size())) : text);
  if (!digest) {
    return std::nullopt;
  }
  Identity identity(*digest);
  identity.kind_ = is_stat ? Kind::kStat : Kind::kContent;
  return identity;
}

}  // namespace gantry::content
