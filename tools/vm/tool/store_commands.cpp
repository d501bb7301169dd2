#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "vm/garbage.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace {

using nlohmann::json;

struct GcOptions {
  std::string store;
  std::vector<std::string> keep;
  std::optional<unsigned> days;
  std::string size;
  bool dry_run = false;
  bool json = false;
};

std::string_view name_of(Garbage::Kind kind) {
  switch (kind) {
    case Garbage::Kind::kCheckpoint:
      return "checkpoint";
    case Garbage::Kind::kInput:
      return "input";
    case Garbage::Kind::kLeftover:
      return "leftover";
    case Garbage::Kind::kProcess:
      return "process";
  }
  return "";
}

std::string report_json(const GarbageReport& report) {
  auto removed = json::array();
  for (const auto& garbage : report.removed) {
    removed.push_back({{"kind", name_of(garbage.kind)},
                       {"name", garbage.name},
                       {"path", garbage.path.native()},
                       {"bytes", garbage.bytes}});
  }
  return json{{"removed", std::move(removed)},
              {"kept", report.kept},
              {"inUse", report.in_use},
              {"freed", report.freed},
              {"remaining", report.remaining}}
             .dump(2) +
         "\n";
}

std::string report_text(const GarbageReport& report, bool dry_run) {
  std::string text;
  for (const auto& garbage : report.removed) {
    text += fmt::format(
        "{} {}{}\n", name_of(garbage.kind), base::printable(garbage.name),
        garbage.bytes == 0 ? "" : fmt::format(", {}", base::format_bytes(garbage.bytes)));
  }
  text += fmt::format("{} {}; {} checkpoints are kept", base::format_bytes(report.freed),
                      dry_run ? "would be freed" : "freed", report.kept);
  if (report.in_use != 0) {
    text += fmt::format(", {} of them because they are in use", report.in_use);
  }
  return text + fmt::format(", with {}\n", base::format_bytes(report.remaining));
}

base::Result<int> collect(const GcOptions& options) {
  GANTRY_TRY(const auto store, Store::open_existing(options.store));
  GarbageOptions garbage;
  garbage.keep.assign(options.keep.begin(), options.keep.end());
  garbage.dry_run = options.dry_run;
  if (options.days) {
    garbage.older = std::chrono::hours(24) * *options.days;
  }
  if (!options.size.empty()) {
    garbage.size = base::parse_byte_size(options.size);
    if (!garbage.size) {
      return base::Error{fmt::format("'{}' is no size (10G, 500M)", base::printable(options.size)),
                         "--size", ""};
    }
  }
  GANTRY_TRY(const auto report, collect_garbage(store, garbage));
  fmt::print("{}", options.json ? report_json(report) : report_text(report, options.dry_run));
  return 0;
}

/// Each checkpoint by its key: what is wrong with it, or nothing.
base::Result<int> verify(const std::string& path, bool as_json) {
  GANTRY_TRY(const auto store, Store::open_existing(path));
  auto list = json::array();
  std::size_t broken = 0;
  for (const auto& key : store.keys()) {
    const auto verified = store.verify(key);
    json entry{{"key", key}, {"whole", static_cast<bool>(verified)}};
    if (!verified) {
      ++broken;
      const auto& error = verified.error();
      entry["error"] = error.what;
      entry["path"] = error.where;
      if (!as_json) {
        fmt::print("{}: {}: {}\n", key.substr(0, 12), error.where, error.what);
      }
    }
    list.push_back(std::move(entry));
  }
  if (as_json) {
    fmt::print("{}\n", list.dump(2));
  } else {
    fmt::print("{} of {} checkpoints are as they were saved\n", list.size() - broken, list.size());
  }
  return broken == 0 ? 0 : 1;
}

void add_verify(CLI::App& app, Action& action) {
  const auto store = std::make_shared<std::string>();
  const auto as_json = std::make_shared<bool>(false);
  auto* const command = app.add_subcommand(
      "verify", "Read every checkpoint of a store, and say which are not as they were saved");
  command->footer(
      "Example:\n"
      "  gantry vm verify --store build/gantry/vm");
  command->add_option("--store", *store, "The store")->required()->type_name("DIR");
  command->add_flag("--json", *as_json, "Print a JSON array");
  command->callback([store, as_json, &action] {
    action = [store, as_json] { return verify(*store, *as_json); };
  });
}

}  // namespace

void add_store_commands(CLI::App& app, Action& action) {
  add_verify(app, action);
  const auto options = std::make_shared<GcOptions>();
  auto* const command = app.add_subcommand(
      "gc",
      "Remove checkpoints that no key file of a build tree names, and what killed processes have "
      "left behind; never what is in use");
  command->footer(
      "Example:\n"
      "  gantry vm gc --store build/gantry/vm --dry-run");
  command->add_option("--store", options->store, "The store")->required()->type_name("DIR");
  command->add_option("--keep", options->keep, "Also keep the checkpoints that these files name")
      ->type_name("FILE.checkpoint...");
  command->add_option("--older", options->days, "Only what was not used for so many days")
      ->type_name("DAYS");
  command
      ->add_option("--size", options->size,
                   "Only until the store has at most this size, what was used longest ago first")
      ->type_name("BYTES");
  command->add_flag("--dry-run", options->dry_run, "Say what would be removed, and remove nothing");
  command->add_flag("--json", options->json, "Print a JSON object");
  command->callback([options, &action] { action = [options] { return collect(*options); }; });
}

}  // namespace gantry::vm
