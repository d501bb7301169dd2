#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vm/frame.hpp"

namespace gantry::vm {

/// Sixteen rows of eight pixels, the top one first, the left pixel in the highest bit.
using Glyph = std::array<std::uint8_t, 16>;

/// The font of a text screen: the glyphs of the characters 0 to 255 of code page 437.
struct ScreenFont {
  std::vector<Glyph> glyphs;
  unsigned cell_width = 9;  ///< VGA's text modes have a ninth column; framebuffers 8
};

/// What can be read of a screen.
struct ScreenText {
  std::vector<std::string> lines;  ///< in UTF-8, without blanks at their ends; U+FFFD: not read
  std::size_t read = 0;            ///< characters that are not blank
  std::size_t unread = 0;          ///< cells that show something which is no character of the font

  /// Whether this is text at all: at least nine of ten cells are.
  bool is_text() const { return read > 0 && unread * 9 <= read; }

  /// The lines with "\n" between them, up to the last that is not empty.
  std::string text() const;
};

/// Reads the screen, a grid of cells of two colours, in the font that fits best. The cursor of a
/// text mode, whole rows of a cell, does not hide the character below it. A cell of one colour is
/// a blank.
ScreenText read_text(const Frame& frame, std::span<const ScreenFont> fonts);

/// The character's UTF-8 in code page 437, the one of PCs' text screens.
std::string_view code_page_437(std::uint8_t character);

/// VGA's fonts in its memory: as QEMU keeps it, four bytes of each address, the third the font's.
/// Those that are empty are left out.
std::vector<ScreenFont> fonts_of_vga_memory(std::string_view memory);

/// 8x16 fonts of framebuffers that a part of a guest's memory has: of its BIOS, or of the kernel
/// that draws its console. Found are those whose A and B are the PC's.
std::vector<ScreenFont> fonts_of_memory(std::string_view memory);

}  // namespace gantry::vm
