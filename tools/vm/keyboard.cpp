#include "vm/keyboard.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// Long enough for firmware, which looks for keys some 18 times a second at worst and has a buffer.
constexpr std::chrono::milliseconds kHold{20};
constexpr std::size_t kMostTogether = 8;

struct Typed {
  char plain;
  char shifted;
  std::string_view key;
};

/// What is not a letter.
constexpr auto kKeys = std::to_array<Typed>({
    {'1', '!', "1"},
    {'2', '@', "2"},
    {'3', '#', "3"},
    {'4', '$', "4"},
    {'5', '%', "5"},
    {'6', '^', "6"},
    {'7', '&', "7"},
    {'8', '*', "8"},
    {'9', '(', "9"},
    {'0', ')', "0"},
    {'-', '_', "minus"},
    {'=', '+', "equal"},
    {'[', '{', "bracket_left"},
    {']', '}', "bracket_right"},
    {';', ':', "semicolon"},
    {'\'', '"', "apostrophe"},
    {'`', '~', "grave_accent"},
    {'\\', '|', "backslash"},
    {',', '<', "comma"},
    {'.', '>', "dot"},
    {'/', '?', "slash"},
    {'\n', '\0', "ret"},
    {'\t', '\0', "tab"},
});

/// Names that people use, and QEMU's; those that are the same in both are once here.
constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"shift", "shift"},
    {"alt", "alt"},
    {"altgr", "alt_r"},
    {"ctrl", "ctrl"},
    {"control", "ctrl"},
    {"meta", "meta_l"},
    {"super", "meta_l"},
    {"windows", "meta_l"},
    {"menu", "compose"},
    {"esc", "esc"},
    {"escape", "esc"},
    {"minus", "minus"},
    {"equal", "equal"},
    {"backspace", "backspace"},
    {"tab", "tab"},
    {"bracketleft", "bracket_left"},
    {"bracketright", "bracket_right"},
    {"enter", "ret"},
    {"return", "ret"},
    {"ret", "ret"},
    {"semicolon", "semicolon"},
    {"apostrophe", "apostrophe"},
    {"grave", "grave_accent"},
    {"backslash", "backslash"},
    {"comma", "comma"},
    {"dot", "dot"},
    {"period", "dot"},
    {"slash", "slash"},
    {"space", "spc"},
    {"spc", "spc"},
    {"capslock", "caps_lock"},
    {"numlock", "num_lock"},
    {"scrolllock", "scroll_lock"},
    {"f1", "f1"},
    {"f2", "f2"},
    {"f3", "f3"},
    {"f4", "f4"},
    {"f5", "f5"},
    {"f6", "f6"},
    {"f7", "f7"},
    {"f8", "f8"},
    {"f9", "f9"},
    {"f10", "f10"},
    {"f11", "f11"},
    {"f12", "f12"},
    {"print", "print"},
    {"sysrq", "sysrq"},
    {"pause", "pause"},
    {"home", "home"},
    {"end", "end"},
    {"pageup", "pgup"},
    {"pgup", "pgup"},
    {"pagedown", "pgdn"},
    {"pgdn", "pgdn"},
    {"left", "left"},
    {"up", "up"},
    {"down", "down"},
    {"right", "right"},
    {"insert", "insert"},
    {"delete", "delete"},
    {"del", "delete"},
    {"power", "power"},
    {"sleep", "sleep"},
    {"wake", "wake"},
});

bool between(char c, char first, char last) {
  return c >= first && c <= last;
}

/// Nothing: no key types it.
Chord chord_of(char c) {
  if (between(c, 'a', 'z')) {
    return {std::string(1, c)};
  }
  if (between(c, 'A', 'Z')) {
    return {"shift", std::string(1, static_cast<char>(c - 'A' + 'a'))};
  }
  if (c == ' ') {
    return {"spc"};
  }
  for (const auto& typed : kKeys) {
    if (c == typed.plain) {
      return {std::string(typed.key)};
    }
    if (c == typed.shifted && c != '\0') {
      return {"shift", std::string(typed.key)};
    }
  }
  return {};
}

Result<std::string> key_named(std::string_view name) {
  if (name.size() == 1 && (between(name[0], 'a', 'z') || between(name[0], '0', '9'))) {
    return std::string(name);
  }
  std::vector<std::string> known;
  for (const auto& [ours, qemus] : kNames) {
    if (name == ours) {
      return std::string(qemus);
    }
    known.emplace_back(ours);
  }
  const auto meant = base::nearest(name, known);
  return base::Error{fmt::format("there is no key '{}'", base::printable(name)), "",
                     meant ? fmt::format("did you mean {}?", *meant)
                           : "keys are named as in ctrl-alt-f2, enter, pageup, a"};
}

}  // namespace

Result<std::vector<Chord>> chords_of(std::string_view text) {
  std::vector<Chord> chords;
  while (!text.empty()) {
    auto chord = text.front() < 0 ? Chord() : chord_of(text.front());
    if (chord.empty()) {
      return base::Error{fmt::format("no key of a US keyboard types '{}'",
                                     base::printable(base::first_character(text).bytes)),
                         "", "it may be reached by keys ('key altgr-e') or pasted in the guest"};
    }
    chords.push_back(std::move(chord));
    text.remove_prefix(1);
  }
  return chords;
}

Result<Chord> parse_chord(std::string_view text) {
  Chord chord;
  for (const auto name : base::split(base::trim(text), '-')) {
    GANTRY_TRY(auto key, key_named(name));
    if (std::find(chord.begin(), chord.end(), key) != chord.end()) {
      return base::Error{
          fmt::format("the key '{}' is pressed twice at the same time", base::printable(name)), "",
          ""};
    }
    chord.push_back(std::move(key));
  }
  if (chord.size() > kMostTogether) {
    return base::Error{fmt::format("more than {} keys at the same time", kMostTogether), "", ""};
  }
  return chord;
}

Result<void> Keyboard::press(const Chord& chord) {
  nlohmann::json keys = nlohmann::json::array();
  for (const auto& key : chord) {
    keys.push_back({{"type", "qcode"}, {"data", key}});
  }
  const nlohmann::json arguments{{"keys", std::move(keys)}, {"hold-time", kHold.count()}};
  GANTRY_CHECK(machine_->monitor->execute("send-key", arguments.dump()));
  // Each key waits that long when it goes down, and when it comes up.
  if (machine_->process->wait_for_end(after(2 * kHold * static_cast<int>(chord.size())))) {
    return machine_->process->obituary("pressing keys");
  }
  return base::interrupted() ? Result<void>(base::Error{"stopped while pressing keys", "", ""})
                             : Result<void>();
}

}  // namespace gantry::vm
