#include "vm/steps.hpp"

#include <fmt/format.h>

#include "vm/console_reader.hpp"

namespace gantry::vm {

using base::Result;

namespace {

Result<void> do_step(Stage& stage, const Step& step, StepLog& log) {
  if (step.kind == Step::Kind::kConsole) {
    return do_console_step(stage, step, log);
  }
  GANTRY_TRY(const auto reader, ConsoleReader::start(*stage.machine().console));
  switch (step.kind) {
    case Step::Kind::kConsole:
      break;
    case Step::Kind::kAgent:
      return do_agent_step(stage, step, log);
    case Step::Kind::kCopy:
      return do_copy_step(stage, step, log);
    case Step::Kind::kSsh:
      return do_ssh_step(stage, step, log);
    case Step::Kind::kKeys:
      return do_keys_step(stage, step, log);
    case Step::Kind::kBrowser:
      return do_browser_step(stage, step, log);
  }
  return {};
}

/// The step, and its file with the line in it that the error is of, if it is.
std::string place(const std::string& step, const Step& done, const std::string& where) {
  const auto& file = done.file.native();
  if (where.empty() || where == file) {
    return fmt::format("{} {}:{}", step, name_of(done.kind), file);
  }
  return where.starts_with(file)
             ? fmt::format("{} {}:{}", step, name_of(done.kind), where)
             : fmt::format("{} {}:{}: {}", step, name_of(done.kind), file, where);
}

}  // namespace

Result<void> do_steps(Stage& stage, const std::vector<Step>& steps) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    const auto number = fmt::format("step {}/{}", i + 1, steps.size());
    GANTRY_TRY(auto log, StepLog::create(stage.settings().recording /
                                         fmt::format("step-{}-{}.log", i + 1, name_of(step.kind))));
    auto done = stage.tell(
        fmt::format("{} {} {}", number, name_of(step.kind), step.file.filename().native()),
        [&] { return do_step(stage, step, log); });
    if (!done) {
      if (step.kind != Step::Kind::kKeys) {  // it has kept the screen beside its log
        stage.keep_screen();
      }
      done.error().where = place(number, step, done.error().where);
      return done;
    }
  }
  return {};
}

}  // namespace gantry::vm
