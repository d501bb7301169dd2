#include "base/file.hpp"
#include "vm/keys_script.hpp"
#include "vm/screen.hpp"
#include "vm/steps.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// What the screen showed at the end: as text in the log, and as a picture beside it.
Result<void> keep_screen(Machine& machine, StepLog& log) {
  GANTRY_TRY(auto screen, Screen::open(machine));
  GANTRY_TRY(const auto frame, screen.frame());
  GANTRY_TRY(const auto text, screen.text(frame));
  if (text.is_text()) {
    GANTRY_CHECK(log.add(text.text() + "\n"));
  }
  auto picture = log.path();
  return save_screenshot(*machine.monitor, machine.directory, picture.replace_extension(".png"));
}

}  // namespace

Result<void> do_keys_step(Stage& stage, const Step& step, StepLog& log) {
  GANTRY_TRY(const auto text, base::read_file(step.file));
  GANTRY_TRY(const auto script, KeysScript::parse(text, step.file.native()));
  auto done = script.run(stage.machine(), stage.settings().timeout_factor);
  const auto kept = keep_screen(stage.machine(), log);
  return done ? kept : done;
}

}  // namespace gantry::vm
