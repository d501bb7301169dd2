#include "vm/keyboard.hpp"

#include <gmock/gmock.h>

#include "fake_monitor.hpp"

namespace gantry::vm {
namespace {

using testing::ElementsAre;

std::string said(const base::Error& error) {
  return error.what + (error.hint.empty() ? "" : "; " + error.hint);
}

TEST(Chords, TypeAllThatAUsKeyboardHas) {
  std::string all = "\n\t";
  for (char c = ' '; c <= '~'; ++c) {
    all += c;
  }
  const auto chords = chords_of(all);
  ASSERT_TRUE(chords) << chords.error().what;
  EXPECT_EQ(chords->size(), 97U);
}

TEST(Chords, AreThoseOfTheCharacters) {
  const auto chords = chords_of("aZ 5%|~\"\n");
  ASSERT_TRUE(chords);
  EXPECT_THAT(*chords,
              ElementsAre(ElementsAre("a"), ElementsAre("shift", "z"), ElementsAre("spc"),
                          ElementsAre("5"), ElementsAre("shift", "5"),
                          ElementsAre("shift", "backslash"), ElementsAre("shift", "grave_accent"),
                          ElementsAre("shift", "apostrophe"), ElementsAre("ret")));
}

TEST(Chords, NameTheCharacterWithoutAKey) {
  const auto umlaut = chords_of("Gr\xc3\xbc\xc3\x9f");
  ASSERT_FALSE(umlaut);
  EXPECT_EQ(umlaut.error().what, "no key of a US keyboard types '\xc3\xbc'");
  EXPECT_EQ(chords_of(std::string("a\0b", 3)).error().what,
            "no key of a US keyboard types '\\x00'");
  EXPECT_EQ(chords_of("\x1b[2J").error().what, "no key of a US keyboard types '\\x1b'");
  EXPECT_EQ(chords_of("\xff").error().what, "no key of a US keyboard types '\\xff'");
}

TEST(Chords, HaveNames) {
  EXPECT_THAT(*parse_chord("ctrl-alt-f2"), ElementsAre("ctrl", "alt", "f2"));
  EXPECT_THAT(*parse_chord(" enter "), ElementsAre("ret"));
  EXPECT_THAT(*parse_chord("shift-tab"), ElementsAre("shift", "tab"));
  EXPECT_THAT(*parse_chord("7"), ElementsAre("7"));
}

TEST(Chords, RefuseWhatIsNoKey) {
  EXPECT_EQ(said(parse_chord("ctrl-alt-f13").error()), "there is no key 'f13'; did you mean f1?");
  EXPECT_EQ(said(parse_chord("pagup").error()), "there is no key 'pagup'; did you mean pageup?");
  EXPECT_EQ(said(parse_chord("").error()),
            "there is no key ''; keys are named as in ctrl-alt-f2, enter, pageup, a");
  EXPECT_EQ(parse_chord("ctrl--").error().what, "there is no key ''");
  EXPECT_EQ(parse_chord("A").error().what, "there is no key 'A'");
  EXPECT_EQ(parse_chord("a-a").error().what, "the key 'a' is pressed twice at the same time");
  EXPECT_EQ(parse_chord("ctrl-control").error().what,
            "the key 'control' is pressed twice at the same time");
  EXPECT_EQ(parse_chord("1-2-3-4-5-6-7-8-9").error().what, "more than 8 keys at the same time");
}

TEST(Keyboard, PressesInOrder) {
  WatchedMachine watched;
  Keyboard keyboard(watched.machine());
  const auto chords = chords_of("Hi");
  ASSERT_TRUE(chords);
  for (const auto& chord : *chords) {
    const auto pressed = keyboard.press(chord);
    ASSERT_TRUE(pressed) << pressed.error().what;
  }
  EXPECT_THAT(watched.monitor().pressed, ElementsAre("shift-h", "i"));
}

TEST(Keyboard, SaysThatTheMachineHasEnded) {
  WatchedMachine watched;
  kill(watched.machine().process->pid(), SIGKILL);
  const auto pressed = Keyboard(watched.machine()).press({"a"});
  ASSERT_FALSE(pressed);
  EXPECT_THAT(
      pressed.error().what,
      testing::StartsWith("the virtual machine ended by signal 9 (Killed) while pressing keys"));
}

}  // namespace
}  // namespace gantry::vm
