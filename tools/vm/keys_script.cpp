#include "vm/keys_script.hpp"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::uint64_t kLongestTimeout = 24 * 3600;
constexpr std::uint64_t kLongestStill = 600;
constexpr std::uint64_t kFarthest = 1 << 20;
constexpr std::size_t kMostIgnored = 100;
constexpr std::size_t kQuoted = 2000;

/// How often a screen is looked at.
constexpr std::chrono::milliseconds kInterval{100};

/// The share of a screen that does not count: a cursor that blinks.
constexpr double kBlink = 0.001;

Result<std::uint64_t> number(std::string_view text, std::uint64_t most, std::string_view what) {
  const auto value = base::parse_unsigned(base::trim(text));
  if (!value || *value > most) {
    return base::Error{fmt::format("'{}' is not {}", base::printable(base::trim(text)), what), "",
                       ""};
  }
  return *value;
}

Result<std::chrono::seconds> parse_seconds(std::string_view text, std::uint64_t most) {
  const auto what = fmt::format("a number of seconds (1 to {})", most);
  GANTRY_TRY(const auto seconds, number(text, most, what));
  if (seconds == 0) {
    return base::Error{fmt::format("'0' is not {}", what), "", ""};
  }
  return std::chrono::seconds(seconds);
}

Result<Area> parse_area(std::string_view text) {
  constexpr std::string_view kWhat = "a rectangle: left, top, width and height in pixels";
  std::array<unsigned, 4> values{};
  std::size_t count = 0;
  for (const auto word : base::split(base::trim(text), ' ')) {
    if (word.empty()) {
      continue;
    }
    const auto value = base::parse_unsigned(word);
    if (count == values.size() || !value || *value > kFarthest) {
      count = 0;
      break;
    }
    values[count++] = static_cast<unsigned>(*value);
  }
  if (count != values.size() || values[2] == 0 || values[3] == 0) {
    return base::Error{fmt::format("'{}' is not {}", base::printable(base::trim(text)), kWhat), "",
                       ""};
  }
  return Area{values[0], values[1], values[2], values[3]};
}

/// What a screen shows, and what can be read of it.
struct View {
  Frame frame;
  ScreenText text;
};

/// A text says more exactly than its pixels, among which a cursor blinks.
bool same(const View& one, const View& other, const std::vector<Area>& ignored) {
  if (ignored.empty() && one.text.is_text() && other.text.is_text()) {
    return one.text.lines == other.text.lines;
  }
  return one.frame.difference(other.frame, ignored) <= kBlink;
}

std::string quoted(const View& view) {
  if (!view.text.is_text()) {
    return fmt::format("the screen ({}x{} pixels) shows no text that can be read",
                       view.frame.width(), view.frame.height());
  }
  const auto text = view.text.text();
  return "the screen shows:\n" + text.substr(text.size() - std::min(text.size(), kQuoted));
}

}  // namespace

/// One run of a script.
class KeysRun {
 public:
  KeysRun(Machine& machine, Screen screen)
      : machine_(&machine), screen_(std::move(screen)), keyboard_(machine) {}

  Result<void> act(const KeysScript::Line& line, Deadline deadline) {
    ignored_ = &line.ignored;
    if (const auto* const press = std::get_if<KeysScript::Press>(&line.action)) {
      return act(*press);
    }
    if (const auto* const expect = std::get_if<KeysScript::Expect>(&line.action)) {
      return act(*expect, deadline);
    }
    if (const auto* const still = std::get_if<KeysScript::Still>(&line.action)) {
      return act(*still, deadline);
    }
    return wait_for_change(deadline);
  }

 private:
  Result<void> act(const KeysScript::Press& press) {
    GANTRY_TRY(before_, look());
    for (const auto& chord : press.chords) {
      GANTRY_CHECK(keyboard_.press(chord));
    }
    return {};
  }

  Result<void> act(const KeysScript::Expect& expect, Deadline deadline) {
    const auto doing =
        fmt::format("waiting for '{}' on the screen", base::printable(expect.pattern.text()));
    return wait(doing, deadline, [&expect](const View& view) {
      return view.text.is_text() && expect.pattern.find(view.text.text()).has_value();
    });
  }

  Result<void> act(const KeysScript::Still& still, Deadline deadline) {
    std::optional<View> first;
    auto since = std::chrono::steady_clock::now();
    return wait("waiting for the screen to be still", deadline, [&](const View& view) {
      const auto now = std::chrono::steady_clock::now();
      if (!first || !same(*first, view, *ignored_)) {
        first = view;
        since = now;
      }
      return now - since >= still.time;
    });
  }

  Result<void> wait_for_change(Deadline deadline) {
    return wait("waiting for the screen to change", deadline,
                [this](const View& view) { return !before_ || !same(*before_, view, *ignored_); });
  }

  template <class Condition>
  Result<void> wait(std::string_view doing, Deadline deadline, Condition condition) {
    for (;;) {
      GANTRY_TRY(const auto view, look());
      if (condition(view)) {
        return {};
      }
      if (std::chrono::steady_clock::now() >= deadline) {
        return base::Error{fmt::format("the time is over while {}; {}", doing, quoted(view)), "",
                           ""};
      }
      if (machine_->process->wait_for_end(after(kInterval))) {
        return machine_->process->obituary(doing);
      }
      if (base::interrupted()) {
        return base::Error{fmt::format("stopped while {}", doing), "", ""};
      }
    }
  }

  Result<View> look() {
    GANTRY_TRY(auto frame, screen_.frame());
    GANTRY_TRY(auto text, screen_.text(frame));
    return View{std::move(frame), std::move(text)};
  }

  Machine* machine_;
  Screen screen_;
  Keyboard keyboard_;
  const std::vector<Area>* ignored_ = nullptr;
  std::optional<View> before_;  ///< when the last key was pressed
};

Result<KeysScript> KeysScript::parse(std::string_view text, const std::string& where) {
  KeysScript script(where);
  Settings settings{kTimeout, {}};
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    const auto trimmed = base::trim(line);
    if (trimmed.empty() || trimmed.starts_with('#')) {
      continue;
    }
    if (auto read = script.read_line(line, number, settings); !read) {
      read.error().where = fmt::format("{}:{}", where, number);
      return read.error();
    }
  }
  return script;
}

Result<void> KeysScript::read_line(std::string_view line, std::size_t number, Settings& settings) {
  const auto blank = line.find(' ');
  const auto word = base::trim(line.substr(0, blank));
  const auto rest = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
  const auto add = [&](Action action) {
    lines_.push_back({number, settings.timeout, settings.ignored, std::move(action)});
  };
  if (word == "expect") {
    GANTRY_TRY(auto pattern, Pattern::compile(rest));
    add(Expect{std::move(pattern)});
  } else if (word == "send" || word == "type") {
    GANTRY_TRY(auto chords, chords_of(std::string(rest) + (word == "send" ? "\n" : "")));
    add(Press{std::move(chords)});
  } else if (word == "key") {
    GANTRY_TRY(auto chord, parse_chord(rest));
    add(Press{{std::move(chord)}});
  } else if (word == "change") {
    add(Change{});
  } else if (word == "still") {
    GANTRY_TRY(const auto time, parse_seconds(rest, kLongestStill));
    add(Still{time});
  } else if (word == "ignore") {
    GANTRY_TRY(const auto area, parse_area(rest));
    if (settings.ignored.size() == kMostIgnored) {
      return base::Error{fmt::format("more than {} rectangles", kMostIgnored), "", ""};
    }
    settings.ignored.push_back(area);
  } else if (word == "timeout") {
    GANTRY_TRY(settings.timeout, parse_seconds(rest, kLongestTimeout));
  } else {
    return base::Error{fmt::format("'{}' is nothing to do at a screen", base::printable(word)), "",
                       "known are expect, change, still, ignore, send, type, key and timeout"};
  }
  return {};
}

Result<void> KeysScript::run(Machine& machine, double factor) const {
  GANTRY_TRY(auto screen, Screen::open(machine));
  KeysRun run(machine, std::move(screen));
  for (const auto& line : lines_) {
    const auto deadline =
        after(std::chrono::duration_cast<std::chrono::milliseconds>(line.timeout * factor));
    if (auto done = run.act(line, deadline); !done) {
      done.error().where = fmt::format("{}:{}", where_, line.number);
      return done;
    }
  }
  return {};
}

}  // namespace gantry::vm
