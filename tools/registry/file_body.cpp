#include "registry/file_body.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "base/file.hpp"

namespace gantry::registry {

base::Result<std::size_t> FileBody::read(std::span<std::byte> into) {
  const auto wanted = std::min<std::uint64_t>(into.size(), size_ - position_);
  for (;;) {
    const auto count = pread(fd_, into.data(), wanted, static_cast<off_t>(begin_ + position_));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", "a blob");
    }
    if (count == 0 && wanted > 0) {
      return base::Error{"a blob became shorter while it was read", "", ""};
    }
    position_ += static_cast<std::uint64_t>(count);
    taken_ = std::max(taken_, position_);
    read_up_to_(begin_ + position_);
    return static_cast<std::size_t>(count);
  }
}

base::Result<void> FileBody::rewind() {
  position_ = 0;
  return {};
}

}  // namespace gantry::registry
