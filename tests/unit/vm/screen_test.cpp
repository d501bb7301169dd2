#include "vm/screen.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fake_monitor.hpp"

namespace gantry::vm {
namespace {

class ScreenTest : public testing::Test {
 protected:
  std::string text() {
    auto screen = Screen::open(watched_.machine());
    EXPECT_TRUE(screen) << screen.error().what;
    const auto frame = screen->frame();
    EXPECT_TRUE(frame) << frame.error().what;
    const auto text = screen->text(*frame);
    return text ? text->text() : text.error().what;
  }

  WatchedMachine watched_;
};

TEST_F(ScreenTest, ReadsItsTextInTheFontThatTheGuestHasLoaded) {
  watched_.monitor().show("No bootable device.");
  EXPECT_EQ(text(), "No bootable device.");
}

TEST_F(ScreenTest, ReadsAFramebufferInTheFontOfTheKernel) {
  auto font = watched_.monitor().font;
  font.cell_width = 8;
  DrawnScreen screen(font, 128, 48);
  screen.write(0, 47, "debian login:");
  watched_.monitor().frames = {screen.ppm()};
  EXPECT_EQ(text(), "");  // its memory is not in a file
  std::string glyphs;
  for (const auto& glyph : font.glyphs) {
    glyphs.append(glyph.begin(), glyph.end());
  }
  auto& memory = watched_.machine().memory;
  memory = watched_.machine().directory / "ram";
  // Over the border of two pieces that are read, and after a hole.
  const auto file = *base::open_file(memory, O_WRONLY | O_CREAT);
  ASSERT_EQ(pwrite(file.get(), "begin", 5, 0), 5);
  ASSERT_EQ(pwrite(file.get(), std::string(5 << 20, 'x').data(), 5 << 20, 60 << 20), 5 << 20);
  ASSERT_EQ(pwrite(file.get(), glyphs.data(), glyphs.size(), (64 << 20) - 1000), 4096);
  EXPECT_EQ(text(), std::string(47, '\n') + "debian login:");
}

TEST_F(ScreenTest, AMachineWithoutADisplayHasNone) {
  const auto screen = Screen::open(watched_.machine());
  ASSERT_FALSE(screen);
  EXPECT_EQ(screen.error().what,
            "QEMU refuses screendump: There is no console to take a screendump from");
  EXPECT_EQ(screen.error().hint, "give the guest a display ('display vga' in its description)");
}

TEST_F(ScreenTest, IsNotTroubledByWhatTheMonitorSays) {
  watched_.monitor().show("text");
  for (const char* pci :
       {"null", "5", "[5]", "{}", R"([{"devices": 5}])", R"([{"devices": [null]}])",
        R"([{"devices": [{"class_info": {"class": 768}, "regions": [{"bar": 0, "size": "x",
             "address": -1, "type": "memory"}]}]}])"}) {
    watched_.monitor().pci = nlohmann::json::parse(pci);
    EXPECT_EQ(text(), "") << pci;
  }
  watched_.monitor().frames = {"GIF89a"};
  const auto screen = Screen::open(watched_.machine());
  ASSERT_FALSE(screen);
  EXPECT_EQ(screen.error().what, "this is no portable pixmap: it does not begin with P6");
}

TEST_F(ScreenTest, SavesPictures) {
  watched_.monitor().show("text");
  const auto directory = *base::TempDir::create();
  const auto path = directory.path() / "here.ppm";
  const auto saved = save_screenshot(watched_.monitor(), directory.path(), path);
  ASSERT_TRUE(saved) << saved.error().what;
  EXPECT_EQ(*base::read_file(path), watched_.monitor().frames.front());
  const auto wrong =
      save_screenshot(watched_.monitor(), directory.path(), directory.path() / "here.gif");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().what, "a picture of the screen is a .png or a .ppm");
}

}  // namespace
}  // namespace gantry::vm
