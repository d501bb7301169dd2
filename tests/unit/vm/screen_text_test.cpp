#include "vm/screen_text.hpp"

#include <gtest/gtest.h>

#include "drawn_screen.hpp"

namespace gantry::vm {
namespace {

class ScreenTextTest : public testing::Test {
 protected:
  ScreenText read(const DrawnScreen& screen) const {
    return read_text(screen.frame(), std::span(&font_, 1));
  }

  ScreenFont font_ = made_up_font();
};

TEST_F(ScreenTextTest, ReadsEachCharacter) {
  DrawnScreen screen(font_, 80, 25);
  std::string expected;
  for (unsigned row = 0; row < 8; ++row) {
    std::string line;
    for (unsigned i = 0; i < 32; ++i) {
      line += static_cast<char>(row * 32 + i);
      expected += code_page_437(static_cast<std::uint8_t>(row * 32 + i));
    }
    screen.write(0, row, line);
    expected += row < 7 ? "\n" : "";
  }
  expected.resize(expected.size() - 1);  // the last one is a blank
  const auto text = read(screen);
  EXPECT_TRUE(text.is_text());
  EXPECT_EQ(text.unread, 0U);
  EXPECT_EQ(text.read, 253U);
  EXPECT_EQ(text.text(), expected);
}

TEST_F(ScreenTextTest, KeepsPlacesAndDropsBlanksAtEnds) {
  DrawnScreen screen(font_, 80, 25);
  screen.write(3, 1, "a  b   ");
  screen.write(79, 3, "c");
  const auto text = read(screen);
  EXPECT_EQ(text.text(), "\n   a  b\n\n" + std::string(79, ' ') + "c");
  EXPECT_EQ(text.lines.size(), 25U);
}

TEST_F(ScreenTextTest, ReadsAnyTwoColours) {
  DrawnScreen screen(font_, 80, 25);
  screen.write(0, 0, "white on blue", "\xff\xff\xff", std::string_view("\0\0\xaa", 3));
  screen.write(13, 0, " menu ", std::string_view("\0\0\0", 3), "\xaa\xaa\xaa");
  EXPECT_EQ(read(screen).text(), "white on blue menu");
}

TEST_F(ScreenTextTest, ReadsBelowTheCursor) {
  DrawnScreen screen(font_, 80, 25);
  screen.write(0, 0, "login: root");
  for (const unsigned column : {6U, 7U}) {  // one on a blank, one on a letter
    for (unsigned x = 0; x < 9; ++x) {
      screen.plot(column * 9 + x, 13, "\xaa\xaa\xaa");
      screen.plot(column * 9 + x, 14, "\xaa\xaa\xaa");
    }
  }
  const auto text = read(screen);
  EXPECT_EQ(text.text(), "login: root");
  EXPECT_EQ(text.unread, 0U);
}

TEST_F(ScreenTextTest, MarksWhatIsNoCharacter) {
  DrawnScreen screen(font_, 80, 25);
  screen.write(0, 0, "a long line of text, and a logo");
  screen.plot(31 * 9, 0, "\xff\x01\x01");
  screen.plot(31 * 9 + 1, 1, "\x01\xff\x01");
  const auto text = read(screen);
  EXPECT_EQ(text.text(), "a long line of text, and a logo\xef\xbf\xbd");
  EXPECT_EQ(text.unread, 1U);
  EXPECT_TRUE(text.is_text());
}

TEST_F(ScreenTextTest, APictureIsNoText) {
  DrawnScreen screen(font_, 80, 25);
  std::uint32_t state = 1;
  for (unsigned y = 0; y < 400; ++y) {
    for (unsigned x = 0; x < 720; ++x) {
      state = state * 1664525 + 1013904223;
      screen.plot(x, y, (state >> 31) != 0 ? "\xff\xff\xff" : "\x10\x10\x10");
    }
  }
  EXPECT_FALSE(read(screen).is_text());
  EXPECT_FALSE(read(DrawnScreen(font_, 80, 25)).is_text());  // black
  EXPECT_EQ(read(DrawnScreen(font_, 80, 25)).text(), "");
}

TEST_F(ScreenTextTest, TakesTheFontThatFits) {
  auto other = font_;
  std::swap(other.glyphs['a'], other.glyphs['e']);
  other.glyphs['x'] = {1, 2, 3};
  auto narrow = font_;
  narrow.cell_width = 8;
  const std::vector<ScreenFont> fonts{narrow, other, font_};
  DrawnScreen screen(font_, 80, 25);
  screen.write(0, 0, "axe");
  EXPECT_EQ(read_text(screen.frame(), fonts).text(), "axe");
  DrawnScreen framebuffer(narrow, 100, 37);
  framebuffer.write(0, 0, "axe");
  EXPECT_EQ(read_text(framebuffer.frame(), fonts).text(), "axe");
  EXPECT_EQ(read_text(framebuffer.frame(), {}).text(), "");
}

TEST_F(ScreenTextTest, AFrameThatIsNoGridIsReadAsFarAsItIs) {
  const auto small = Frame::parse_ppm("P6\n1 1\n255\n\x01\x01\x01", "");
  ASSERT_TRUE(small);
  EXPECT_EQ(read_text(*small, std::span(&font_, 1)).text(), "");
  const ScreenFont empty;
  EXPECT_EQ(read_text(*small, std::span(&empty, 1)).text(), "");
}

TEST_F(ScreenTextTest, FindsTheFontsOfVgaMemory) {
  std::string memory(std::size_t{256} << 10, '\0');
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::size_t row = 0; row < 16; ++row) {
      memory[4 * (8192 + 32 * i + row) + 2] = static_cast<char>(font_.glyphs[i][row]);
    }
  }
  const auto fonts = fonts_of_vga_memory(memory);
  ASSERT_EQ(fonts.size(), 2U);
  EXPECT_EQ(fonts[0].glyphs, font_.glyphs);
  EXPECT_EQ(fonts[0].cell_width, 9U);
  EXPECT_EQ(fonts[1].cell_width, 8U);
  EXPECT_TRUE(fonts_of_vga_memory(std::string_view(memory).substr(0, 1000)).empty());
}

TEST_F(ScreenTextTest, FindsTheFontsOfAGuestsMemory) {
  std::string font;
  for (const auto& glyph : font_.glyphs) {
    font.append(glyph.begin(), glyph.end());
  }
  const auto found = fonts_of_memory("\x55\xaa code " + font + " code " + font);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].glyphs, font_.glyphs);
  EXPECT_EQ(found[1].glyphs, font_.glyphs);
  EXPECT_EQ(found[0].cell_width, 8U);
  EXPECT_TRUE(fonts_of_memory(font.substr(16)).empty());
  EXPECT_TRUE(fonts_of_memory(font.substr(0, font.size() - 1)).empty());
  EXPECT_TRUE(fonts_of_memory("").empty());
  std::string many;
  for (int i = 0; i < 100; ++i) {
    many += font;
  }
  EXPECT_EQ(fonts_of_memory(many).size(), 16U);
}

// Unicode's own table of code page 437 (CP437.TXT), where people look.
TEST(CodePage437, IsTheOneOfPcs) {
  EXPECT_EQ(code_page_437(0), " ");
  EXPECT_EQ(code_page_437(0x07), "•");
  EXPECT_EQ(code_page_437(0x1f), "▼");
  EXPECT_EQ(code_page_437('A'), "A");
  EXPECT_EQ(code_page_437('~'), "~");
  EXPECT_EQ(code_page_437(0x7f), "⌂");
  EXPECT_EQ(code_page_437(0x80), "Ç");
  EXPECT_EQ(code_page_437(0x84), "ä");
  EXPECT_EQ(code_page_437(0x9b), "¢");
  EXPECT_EQ(code_page_437(0xb3), "│");
  EXPECT_EQ(code_page_437(0xc9), "╔");
  EXPECT_EQ(code_page_437(0xdb), "█");
  EXPECT_EQ(code_page_437(0xe1), "ß");
  EXPECT_EQ(code_page_437(0xf1), "±");
  EXPECT_EQ(code_page_437(0xfe), "■");
  EXPECT_EQ(code_page_437(0xff), " ");
}

}  // namespace
}  // namespace gantry::vm
