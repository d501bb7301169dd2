#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vm/screen_text.hpp"

namespace gantry::vm {

/// A font whose glyphs are all different; the blank and the first character are empty.
inline ScreenFont made_up_font() {
  ScreenFont font;
  for (unsigned i = 0; i < 256; ++i) {
    auto& glyph = font.glyphs.emplace_back();
    if (i == 0 || i == ' ' || i == 255) {
      continue;
    }
    std::uint32_t state = i;
    for (unsigned row = 2; row < 12; ++row) {
      state = state * 1664525 + 1013904223;
      glyph[row] = static_cast<std::uint8_t>(state >> 25);  // seven bits: no row is full
    }
  }
  // As the PC's, and BIOSes are searched for these.
  font.glyphs['A'] = {0, 0, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6};
  font.glyphs['B'] = {0, 0, 0xfc, 0x66, 0x66, 0x66, 0x7c, 0x66, 0x66, 0x66, 0x66, 0xfc};
  return font;
}

/// A screen that shows lines of code page 437, as a portable pixmap.
class DrawnScreen {
 public:
  DrawnScreen(const ScreenFont& font, unsigned columns, unsigned rows)
      : font_(&font),
        width_(columns * font.cell_width),
        height_(rows * 16),
        pixels_(std::size_t{3} * width_ * height_, '\0') {}

  void write(unsigned column, unsigned row, std::string_view text,
             std::string_view ink = "\xaa\xaa\xaa", std::string_view paper = {"\0\0\0", 3}) {
    for (const char c : text) {
      const auto& glyph = font_->glyphs[static_cast<std::uint8_t>(c)];
      for (unsigned y = 0; y < 16; ++y) {
        for (unsigned x = 0; x < font_->cell_width; ++x) {
          const bool set = x < 8 && (glyph[y] & 0x80U >> x) != 0;
          plot(column * font_->cell_width + x, row * 16 + y, set ? ink : paper);
        }
      }
      ++column;
    }
  }

  void plot(unsigned x, unsigned y, std::string_view colour) {
    pixels_.replace(3 * (std::size_t{y} * width_ + x), 3, colour);
  }

  std::string ppm() const {
    return "P6\n" + std::to_string(width_) + " " + std::to_string(height_) + "\n255\n" + pixels_;
  }
  Frame frame() const { return *Frame::parse_ppm(ppm(), ""); }

 private:
  const ScreenFont* font_;
  unsigned width_;
  unsigned height_;
  std::string pixels_;
};

}  // namespace gantry::vm
