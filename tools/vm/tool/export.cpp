#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.hpp"
#include "vm/container_tree.hpp"
#include "vm/disk_export.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/opened_checkpoint.hpp"

namespace gantry::vm {

namespace {

struct Options {
  CheckpointOptions checkpoint;
  std::string output;
  std::string format;
  std::string container;
  std::size_t disk = 0;
};

base::Result<void> write_disk(const SavedState& state, const Options& options) {
  if (options.disk >= state.disks.size()) {
    return base::Error{
        fmt::format("the machine has {} disks, and no number {}", state.disks.size(), options.disk),
        options.checkpoint.file, ""};
  }
  DiskExport to{options.output, options.format, isatty(STDOUT_FILENO) != 0};
  if (to.format.empty()) {
    GANTRY_TRY(to.format, disk_format_of(to.output));
  }
  return export_disk(state.disks[options.disk], to);
}

base::Result<int> export_checkpoint(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  GANTRY_TRY(const auto stored, find_checkpoint(options.checkpoint));
  GANTRY_TRY(const auto state, stored.store.state_of(stored.checkpoint));
  const auto& output = options.container.empty() ? options.output : options.container;
  if (options.container.empty()) {
    GANTRY_CHECK(write_disk(state, options));
  } else {
    GANTRY_CHECK(make_container_tree(stored.checkpoint, state, options.container));
  }
  std::error_code failure;
  const auto bytes = options.container.empty() ? std::filesystem::file_size(output, failure) : 0;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{}: {}{:.1f} s\n", output,
             bytes == 0 ? std::string() : base::format_bytes(bytes) + ", ", took.count());
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand("export",
                                           "Write the disk of a checkpoint to one image that needs "
                                           "no other, or the whole checkpoint to a "
                                           "directory for a container that runs QEMU");
  command->footer(
      "Examples:\n"
      "  gantry vm export final.checkpoint --output nas.qcow2\n"
      "  gantry vm export final.checkpoint --container machine");
  add_checkpoint_options(*command, options->checkpoint);
  auto* const output = command->add_option(
      "--output", options->output, "The image; its format is that of its name: .qcow2 .raw .vmdk");
  output->type_name("FILE");
  command->add_option("--format", options->format, "Whatever the name says")
      ->check(CLI::IsMember({"qcow2", "raw", "vmdk"}))
      ->needs(output);
  command->add_option("--disk", options->disk, "Number of the disk; default: 0, the first one")
      ->needs(output);
  auto* const container =
      command->add_option("--container", options->container,
                          "A directory with all that takes the machine up, and a program, start");
  container->type_name("DIR")->excludes(output);
  command->callback([options, &action] {
    if (options->output.empty() == options->container.empty()) {
      throw CLI::RequiredError("--output or --container");
    }
    action = [options] { return export_checkpoint(*options); };
  });
}

}  // namespace gantry::vm
