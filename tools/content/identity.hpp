#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

#include "content/digest.hpp"

namespace gantry::content {

/// What stands for a file's bytes where they are compared without being read.
class Identity {
 public:
  enum class Kind : std::uint8_t {
    kNone,
    kContent,  ///< the SHA-256 digest of the bytes
    kStat,     ///< device, inode, mtime and ctime: with the size, exact on one machine
  };

  Identity() = default;
  Identity(const Digest& content) : bytes_(content.bytes), kind_(Kind::kContent) {}
  static Identity of_status(const struct stat& status);

  Kind kind() const { return kind_; }
  bool empty() const { return kind_ == Kind::kNone; }

  /// "sha256:<64 hexadecimal digits>", "stat:<64 of them>" or "".
  std::string text() const;

  /// The reverse of text(); nothing for any other text.
  static std::optional<Identity> parse(std::string_view text);

  bool operator==(const Identity&) const = default;

 private:
  std::array<std::uint8_t, 32> bytes_{};
  Kind kind_ = Kind::kNone;
};

}  // namespace gantry::content
