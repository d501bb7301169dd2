#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/steps.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::string_view kWell = "exit code 0";

/// ssh itself ends by this, and so does a command that a signal has ended.
constexpr std::string_view kCut = "exit code 255";

Result<void> check(const std::string& what, const std::string& end, const Step& step,
                   const StepLog& log) {
  if (end == kWell) {
    return {};
  }
  const auto said = base::trim(log.end());
  return base::Error{
      fmt::format("{}{} ended by {}{}{}", what, end == kCut ? ", or the connection to it," : "",
                  end, said.empty() ? "" : "; the last that it said:\n", said),
      step.file.native(), ""};
}

}  // namespace

Result<void> do_ssh_step(Stage& stage, const Step& step, StepLog& log) {
  const auto deadline = stage.deadline();
  GANTRY_TRY(auto* const ssh, stage.ssh());
  GANTRY_TRY(const auto end, ssh->run("exec sh -e", step.file, log, deadline));
  return check("the script", end, step, log);
}

Result<void> copy_by_ssh(Stage& stage, const Step& step, StepLog& log) {
  const auto deadline = stage.deadline();
  GANTRY_TRY(auto* const ssh, stage.ssh());
  const auto quoted = [](const fs::path& path) { return base::shell_quoted({path.native()}); };
  const fs::path target = step.destination;
  const auto made = quoted(step.destination + ".gantry");
  const auto command = fmt::format("set -e; mkdir -p {}; cat >{}; chmod {:o} {}; mv -f {} {}",
                                   quoted(target.parent_path()), made, mode_of(step.file), made,
                                   made, quoted(target));
  GANTRY_TRY(const auto end, ssh->run(command, step.file, log, deadline));
  return check("copying", end, step, log);
}

}  // namespace gantry::vm
