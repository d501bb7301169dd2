#include "vm/tool/opened_checkpoint.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options) {
  command
      .add_option("checkpoint", options.file,
                  "The file that names its key: BUILD/gantry/checkpoints/TARGET.checkpoint")
      ->required()
      ->type_name("FILE");
  command
      .add_option("--store", options.store,
                  "Where checkpoints are kept; default: that of the build tree of FILE")
      ->type_name("DIR");
}

base::Result<StoredCheckpoint> find_checkpoint(const CheckpointOptions& options) {
  GANTRY_TRY(const auto text, base::read_file(options.file, 4096));
  fs::path root = options.store;
  std::error_code failure;
  if (root.empty()) {
    root = fs::absolute(options.file, failure).parent_path().parent_path() / "vm";
    if (!fs::is_directory(root / "checkpoints", failure)) {
      return base::Error{fmt::format("{} is no store of checkpoints", root.native()), options.file,
                         "name the store by --store"};
    }
  }
  GANTRY_TRY(auto store, Store::open(root));
  const std::string key(base::trim(text));
  GANTRY_TRY(auto checkpoint, store.find(key));
  if (!checkpoint) {
    return base::Error{
        fmt::format("its checkpoint {} is not in {}", base::printable(key), store.root().native()),
        options.file, "build the target that makes it"};
  }
  return StoredCheckpoint{std::move(store), *std::move(checkpoint)};
}

base::Result<OpenedCheckpoint> open_checkpoint(const CheckpointOptions& options) {
  GANTRY_TRY(auto stored, find_checkpoint(options));
  GANTRY_TRY(auto state, stored.store.state_of(stored.checkpoint));
  GANTRY_TRY(const auto report, known_accelerators(state.guest.architecture));
  GANTRY_TRY(auto platform, platform_of(report, state.platform.accelerator));
  const double factor = timeout_factor(report, platform.accelerator);
  return OpenedCheckpoint{std::move(stored.store), std::move(stored.checkpoint), std::move(state),
                          std::move(platform), factor};
}

}  // namespace gantry::vm
