#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::vm {

/// A rectangle of a screen, in pixels.
struct Area {
  unsigned x = 0;
  unsigned y = 0;
  unsigned width = 0;
  unsigned height = 0;
};

/// What a screen shows: red, green and blue of each pixel, by rows from the top.
class Frame {
 public:
  /// Reads a portable pixmap of 8 bits a colour (PPM, "P6"), at most 32 million pixels. Errors name
  /// where.
  static base::Result<Frame> parse_ppm(std::string_view bytes, const std::string& where);

  unsigned width() const { return width_; }
  unsigned height() const { return height_; }

  /// 0xRRGGBB
  std::uint32_t pixel(unsigned x, unsigned y) const {
    const auto* const at = pixels_.data() + 3 * (std::size_t{y} * width_ + x);
    return std::uint32_t{at[0]} << 16 | std::uint32_t{at[1]} << 8 | at[2];
  }

  /// Whether all its pixels are the same.
  bool is_blank() const;

  /// Which share of the pixels (0 to 1) is not the same, those in the areas left out; 1 if the
  /// sizes differ.
  double difference(const Frame& other, std::span<const Area> ignored = {}) const;

 private:
  Frame(unsigned width, unsigned height, std::vector<std::uint8_t> pixels)
      : width_(width), height_(height), pixels_(std::move(pixels)) {}

  unsigned width_;
  unsigned height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace gantry::vm
