#include <algorithm>

#include "base/file.hpp"
#include "vm/console_script.hpp"
#include "vm/steps.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// What was added to a file since it had size bytes.
Result<void> add_tail(StepLog& log, const std::filesystem::path& path, std::size_t size) {
  GANTRY_TRY(const auto text, base::read_file(path, std::uint64_t{1} << 30));
  return log.add(std::string_view(text).substr(std::min(size, text.size())));
}

}  // namespace

Result<void> do_console_step(Stage& stage, const Step& step, StepLog& log) {
  auto& console = *stage.machine().console;
  GANTRY_TRY(const auto text, base::read_file(step.file));
  GANTRY_TRY(const auto script, ConsoleScript::parse(text, step.file.native()));
  std::error_code failure;
  const auto before = std::filesystem::file_size(console.log(), failure);
  const auto done = script.run(console, stage.settings().timeout_factor);
  const auto logged = add_tail(log, console.log(), failure ? 0 : before);
  return done ? logged : done;
}

}  // namespace gantry::vm
