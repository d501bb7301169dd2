#include "vm/frame.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 25;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// The next word of a header, in which '#' begins a comment; it ends with one blank.
std::string_view next_word(std::string_view& rest) {
  while (!rest.empty() && (is_blank(rest.front()) || rest.front() == '#')) {
    if (rest.front() == '#') {
      rest.remove_prefix(std::min(rest.size(), rest.find('\n')));
    } else {
      rest.remove_prefix(1);
    }
  }
  const auto end = std::find_if(rest.begin(), rest.end(), is_blank);
  const auto size = static_cast<std::size_t>(end - rest.begin());
  const auto word = rest.substr(0, size);
  rest.remove_prefix(std::min(rest.size(), size + 1));
  return word;
}

}  // namespace

Result<Frame> Frame::parse_ppm(std::string_view bytes, const std::string& where) {
  auto rest = bytes;
  if (next_word(rest) != "P6") {
    return base::Error{"this is no portable pixmap: it does not begin with P6", where, ""};
  }
  const auto width = base::parse_unsigned(next_word(rest));
  const auto height = base::parse_unsigned(next_word(rest));
  const auto most = base::parse_unsigned(next_word(rest));
  if (!width || !height || *width == 0 || *height == 0 || *width > kMostPixels ||
      *height > kMostPixels || *width * *height > kMostPixels) {
    return base::Error{"the pixmap has no size that a screen has", where, ""};
  }
  if (!most || *most != 255) {
    return base::Error{"the pixmap has not 8 bits a colour", where, ""};
  }
  const auto size = 3 * *width * *height;
  if (rest.size() != size) {
    return base::Error{fmt::format("the pixmap has {} bytes of pixels instead of {} ({}x{})",
                                   rest.size(), size, *width, *height),
                       where, ""};
  }
  return Frame(static_cast<unsigned>(*width), static_cast<unsigned>(*height),
               std::vector<std::uint8_t>(rest.begin(), rest.end()));
}

bool Frame::is_blank() const {
  return std::equal(pixels_.begin() + 3, pixels_.end(), pixels_.begin());
}

double Frame::difference(const Frame& other, std::span<const Area> ignored) const {
  if (width_ != other.width_ || height_ != other.height_) {
    return 1;
  }
  std::size_t counted = 0;
  std::size_t changed = 0;
  std::vector<bool> masked(width_);
  for (unsigned y = 0; y < height_; ++y) {
    std::fill(masked.begin(), masked.end(), false);
    for (const auto& area : ignored) {
      if (y >= area.y && y - area.y < area.height && area.x < width_) {
        const auto end = area.x + std::min(area.width, width_ - area.x);
        std::fill(masked.begin() + area.x, masked.begin() + end, true);
      }
    }
    for (unsigned x = 0; x < width_; ++x) {
      if (!masked[x]) {
        ++counted;
        changed += pixel(x, y) != other.pixel(x, y) ? 1 : 0;
      }
    }
  }
  return counted == 0 ? 0 : static_cast<double>(changed) / static_cast<double>(counted);
}

}  // namespace gantry::vm
