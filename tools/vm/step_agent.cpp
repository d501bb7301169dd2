#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/host_tree.hpp"
#include "vm/ports.hpp"
#include "vm/steps.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

Result<void> do_agent_step(Stage& stage, const Step& step, StepLog& log) {
  GANTRY_TRY(auto* const agent, stage.agent());
  GANTRY_TRY(const auto script, base::read_file(step.file));
  const auto keep = [&log](AgentStream /*stream*/, std::string_view text) { return log.add(text); };
  GANTRY_TRY(const auto exited,
             agent->execute({{"sh", "-e"}, {}, {}, true}, script, keep, stage.deadline()));
  if (!exited.by_signal && exited.code == 0) {
    return {};
  }
  const auto said = base::trim(log.end());
  return base::Error{
      fmt::format("the script ended by {} {}{}{}", exited.by_signal ? "signal" : "exit code",
                  exited.code, said.empty() ? "" : "; the last that it said:\n", said),
      step.file.native(), ""};
}

unsigned mode_of(const fs::path& file) {
  std::error_code failure;
  const auto permissions = fs::status(file, failure).permissions();
  return (permissions & fs::perms::owner_exec) != fs::perms::none ? 0755 : 0644;
}

namespace {

Result<void> copy_directory(AgentClient& agent, const Step& step, StepLog& log, Deadline deadline) {
  GANTRY_TRY(const auto tree, HostTree::read(step.file, content::Identify::kByStat));
  GANTRY_CHECK(agent.put_tree(tree, step.destination, deadline));
  std::string said;
  for (const auto& entry : tree.entries) {
    said += fmt::format("{} -> {}\n", std::string_view(entry.path), step.destination);
  }
  return log.add(said);
}

}  // namespace

Result<void> do_copy_step(Stage& stage, const Step& step, StepLog& log) {
  auto& machine = stage.machine();
  std::error_code failure;
  const bool is_directory = fs::is_directory(step.file, failure);
  GANTRY_TRY(const bool listens, agent_listens(machine));
  if (!is_directory && !stage.agent_is_connected() && !listens &&
      find_host_port(machine.ports, stage.settings().ssh.port)) {
    return copy_by_ssh(stage, step, log);
  }
  GANTRY_TRY(auto* const agent, stage.agent());
  if (is_directory) {
    return copy_directory(*agent, step, log, stage.deadline());
  }
  agent::PutFile target;
  target.path = step.destination;
  target.mode = mode_of(step.file);
  GANTRY_CHECK(agent->put_file(step.file, target, stage.deadline()));
  return log.add(fmt::format("{} -> {}\n", step.file.native(), step.destination));
}

}  // namespace gantry::vm
