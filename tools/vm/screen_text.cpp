#include "vm/screen_text.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "base/text.hpp"

namespace gantry::vm {

namespace {

constexpr unsigned kCellHeight = 16;
constexpr unsigned kGlyphWidth = 8;
constexpr std::size_t kCharacters = 256;
constexpr std::uint8_t kUnread = 0;  // the character 0 shows nothing in the PC's font
constexpr const char* kReplacement = "\xef\xbf\xbd";

/// What a cell shows: which pixels have not the colour of the first one.
struct Cell {
  Glyph shape{};
  unsigned colours = 1;
};

Cell cell_at(const Frame& frame, unsigned left, unsigned top) {
  Cell cell;
  const auto first = frame.pixel(left, top);
  auto second = first;
  for (unsigned y = 0; y < kCellHeight; ++y) {
    for (unsigned x = 0; x < kGlyphWidth; ++x) {
      const auto colour = frame.pixel(left + x, top + y);
      if (colour == first) {
        continue;
      }
      cell.shape[y] |= static_cast<std::uint8_t>(0x80U >> x);
      if (second == first) {
        second = colour;
        cell.colours = 2;
      } else if (colour != second) {
        cell.colours = 3;
      }
    }
  }
  return cell;
}

Glyph inverse(const Glyph& glyph) {
  Glyph result = glyph;
  for (auto& row : result) {
    row = static_cast<std::uint8_t>(~row);
  }
  return result;
}

/// A font with what is needed to find its characters.
class Reader {
 public:
  explicit Reader(const ScreenFont& font) : font_(&font) {
    // The first of those that look the same, but rather a blank or ASCII than a symbol.
    for (const std::size_t begin : {std::size_t{32}, std::size_t{0}}) {
      for (auto i = begin; i < kCharacters; ++i) {
        characters_.try_emplace(font.glyphs[i], static_cast<std::uint8_t>(i));
      }
    }
  }

  /// kUnread: no character.
  std::uint8_t character(const Cell& cell) const {
    if (cell.colours == 1) {
      return ' ';
    }
    if (cell.colours > 2) {
      return kUnread;
    }
    const auto shapes = {cell.shape, inverse(cell.shape)};
    for (const auto& shape : shapes) {
      if (const auto found = characters_.find(shape); found != characters_.end()) {
        return found->second;
      }
    }
    for (const auto& shape : shapes) {
      if (const auto found = below_cursor(shape); found != kUnread) {
        return found;
      }
    }
    return kUnread;
  }

 private:
  /// The cursor fills rows that follow each other.
  std::uint8_t below_cursor(const Glyph& shape) const {
    const auto begin = std::find(shape.begin(), shape.end(), 0xff);
    const auto end = std::find_if(begin, shape.end(), [](auto row) { return row != 0xff; });
    if (begin == end || std::find(end, shape.end(), 0xff) != shape.end()) {
      return kUnread;
    }
    std::uint8_t found = kUnread;
    for (std::size_t i = kCharacters - 1; i >= 32; --i) {
      auto glyph = font_->glyphs[i];
      std::fill(glyph.begin() + (begin - shape.begin()), glyph.begin() + (end - shape.begin()),
                std::uint8_t{0xff});
      if (glyph == shape) {
        found = static_cast<std::uint8_t>(i);
      }
    }
    return found;
  }

  const ScreenFont* font_;
  std::map<Glyph, std::uint8_t> characters_;
};

std::vector<Cell> cells_of(const Frame& frame, unsigned cell_width) {
  std::vector<Cell> cells;
  for (unsigned top = 0; top + kCellHeight <= frame.height(); top += kCellHeight) {
    for (unsigned left = 0; left + cell_width <= frame.width(); left += cell_width) {
      cells.push_back(cell_at(frame, left, top));
    }
  }
  return cells;
}

ScreenText read_cells(const std::vector<Cell>& cells, std::size_t columns, const Reader& reader) {
  ScreenText text;
  for (std::size_t row = 0; row + columns <= cells.size(); row += columns) {
    std::string line;
    std::size_t length = 0;
    for (std::size_t column = 0; column < columns; ++column) {
      const auto character = reader.character(cells[row + column]);
      if (character == kUnread) {
        ++text.unread;
        line += kReplacement;
      } else {
        line += code_page_437(character);
      }
      if (character != ' ') {
        text.read += character != kUnread ? 1 : 0;
        length = line.size();
      }
    }
    line.resize(length);
    text.lines.push_back(std::move(line));
  }
  return text;
}

bool better(const ScreenText& one, const ScreenText& other) {
  return one.read + other.unread > other.read + one.unread;
}

}  // namespace

std::string ScreenText::text() const {
  auto end = lines.end();
  while (end != lines.begin() && std::prev(end)->empty()) {
    --end;
  }
  return base::join(std::span(lines.begin(), end), "\n");
}

ScreenText read_text(const Frame& frame, std::span<const ScreenFont> fonts) {
  ScreenText best;
  std::map<unsigned, std::vector<Cell>> grids;
  for (const auto& font : fonts) {
    if (font.glyphs.size() != kCharacters || font.cell_width < kGlyphWidth) {
      continue;
    }
    const auto columns = frame.width() / font.cell_width;
    if (columns == 0) {
      continue;
    }
    auto& cells = grids[font.cell_width];
    if (cells.empty()) {
      cells = cells_of(frame, font.cell_width);
    }
    auto text = read_cells(cells, columns, Reader(font));
    if (best.lines.empty() || better(text, best)) {
      best = std::move(text);
    }
  }
  return best;
}

std::string_view code_page_437(std::uint8_t character) {
  static const auto table = [] {
    // 0 to 31, and 127 to 255; those between are ASCII.
    constexpr std::string_view kSymbols = " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
    constexpr std::string_view kUpper =
        "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»"
        "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
        "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";
    static constexpr std::string_view kAscii =
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
        "abcdefghijklmnopqrstuvwxyz{|}~";
    std::vector<std::string_view> characters;
    for (auto part : {kSymbols, kAscii, kUpper}) {
      while (!part.empty()) {
        characters.push_back(base::first_character(part).bytes);
        part.remove_prefix(characters.back().size());
      }
    }
    return characters;
  }();
  return table[character];
}

std::vector<ScreenFont> fonts_of_vga_memory(std::string_view memory) {
  constexpr std::size_t kSlots = 8;
  constexpr std::size_t kSlot = 8192;
  constexpr std::size_t kRows = 32;  // of a character
  std::vector<ScreenFont> fonts;
  for (std::size_t slot = 0; slot < kSlots && (slot + 1) * kSlot * 4 <= memory.size(); ++slot) {
    ScreenFont font;
    for (std::size_t i = 0; i < kCharacters; ++i) {
      auto& glyph = font.glyphs.emplace_back();
      for (std::size_t row = 0; row < glyph.size(); ++row) {
        glyph[row] = static_cast<std::uint8_t>(memory[4 * (slot * kSlot + i * kRows + row) + 2]);
      }
    }
    if (font.glyphs['A'] != font.glyphs['B']) {
      fonts.push_back(font);
      font.cell_width = kGlyphWidth;
      fonts.push_back(std::move(font));
    }
  }
  return fonts;
}

std::vector<ScreenFont> fonts_of_memory(std::string_view memory) {
  constexpr std::string_view kLetters(
      "\0\0\x10\x38\x6c\xc6\xc6\xfe\xc6\xc6\xc6\xc6\0\0\0\0"
      "\0\0\xfc\x66\x66\x66\x7c\x66\x66\x66\x66\xfc\0\0\0\0",
      32);
  constexpr std::size_t kSize = kCharacters * sizeof(Glyph);
  constexpr std::size_t kBefore = 'A' * sizeof(Glyph);
  constexpr std::size_t kMost = 16;
  std::vector<ScreenFont> fonts;
  // Not string_view::find, which is slow where a guest's memory is long.
  const auto find = [&](std::size_t from) {
    const auto* const found =
        memmem(memory.data() + from, memory.size() - from, kLetters.data(), kLetters.size());
    return found == nullptr
               ? std::string_view::npos
               : static_cast<std::size_t>(static_cast<const char*>(found) - memory.data());
  };
  for (auto at = find(0); at != std::string_view::npos && fonts.size() < kMost;
       at = find(at + kLetters.size())) {
    if (at < kBefore || memory.size() - (at - kBefore) < kSize) {
      continue;
    }
    ScreenFont font;
    font.cell_width = kGlyphWidth;
    auto rest = memory.substr(at - kBefore, kSize);
    for (; !rest.empty(); rest.remove_prefix(sizeof(Glyph))) {
      std::copy_n(rest.begin(), sizeof(Glyph), font.glyphs.emplace_back().begin());
    }
    fonts.push_back(std::move(font));
  }
  return fonts;
}

}  // namespace gantry::vm
