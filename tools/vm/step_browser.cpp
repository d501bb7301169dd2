#include "vm/browser.hpp"
#include "vm/steps.hpp"

namespace gantry::vm {

using base::Result;

Result<void> do_browser_step(Stage& stage, const Step& step, StepLog& log) {
  BrowserRun run;
  run.script = step.file;
  run.ports = stage.machine().ports;
  run.directory = stage.machine().directory;
  run.log = log.path();
  run.record = log.path();
  run.record.replace_extension();
  run.timeout = stage.scaled(stage.settings().timeout);
  run.timeout_factor = stage.settings().timeout_factor;
  return run_browser(run, *stage.machine().process);
}

}  // namespace gantry::vm
