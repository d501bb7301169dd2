#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "vm/stage.hpp"
#include "vm/step.hpp"

namespace gantry::vm {

/// Does them in their order. Each leaves what it said in the stage's recording, as
/// "step-2-agent.log". Errors name the step: "step 2/5 agent:FILE".
base::Result<void> do_steps(Stage& stage, const std::vector<Step>& steps);

/// Types and waits as a ConsoleScript says. log gets what the guest says meanwhile.
base::Result<void> do_console_step(Stage& stage, const Step& step, StepLog& log);

/// Runs a shell script by the agent (sh -e).
base::Result<void> do_agent_step(Stage& stage, const Step& step, StepLog& log);

/// Presses keys and waits for what the screen shows as a KeysScript says. What it shows in the end
/// is kept.
base::Result<void> do_keys_step(Stage& stage, const Step& step, StepLog& log);

/// Runs a script in a browser, see run_browser().
base::Result<void> do_browser_step(Stage& stage, const Step& step, StepLog& log);

/// Copies a file, or a directory with all it holds, into the guest: by the agent if it runs, else
/// by SSH if the guest's port for that is forwarded, which takes files alone.
base::Result<void> do_copy_step(Stage& stage, const Step& step, StepLog& log);
base::Result<void> copy_by_ssh(Stage& stage, const Step& step, StepLog& log);

/// Of a copied file: 755 for one that its owner may run, else 644.
unsigned mode_of(const std::filesystem::path& file);

/// Runs a shell script by SSH (sh -e).
base::Result<void> do_ssh_step(Stage& stage, const Step& step, StepLog& log);

}  // namespace gantry::vm
