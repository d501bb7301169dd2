#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/json_document.hpp"
#include "registry/prune.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string repository;
  std::size_t keep = 0;
  CLI::Option* has_keep = nullptr;
  std::string older_than;
  std::vector<std::string> match;
  std::vector<std::string> protect;
  bool apply = false;
  bool json = false;
  RegistryOptions registry;
};

base::Result<registry::Retention> retention_of(const Options& options) {
  registry::Retention retention;
  if (options.has_keep->count() != 0) {
    retention.keep = options.keep;
  }
  if (!options.older_than.empty()) {
    GANTRY_TRY(retention.older_than, registry::parse_age(options.older_than));
  }
  retention.match = options.match;
  retention.protect = options.protect;
  return retention;
}

std::string time_of(const registry::TaggedImage& image) {
  return image.created ? base::format_time(*image.created) : "";
}

std::size_t count_going(const registry::PrunePlan& plan) {
  std::size_t count = 0;
  for (const auto& decision : plan.tags) {
    count += decision.goes ? 1 : 0;
  }
  return count;
}

std::string describe(const registry::PrunePlan& plan, const registry::Pruned& pruned,
                     bool applied) {
  auto text = fmt::format("{:<6}  {:<20}  {:<19}  {}\n", "", "CREATED", "DIGEST", "TAG");
  for (const auto& decision : plan.tags) {
    text += fmt::format("{:<6}  {:<20}  {:.19}  {}{}\n", decision.goes ? "delete" : "keep",
                        time_of(decision.image), decision.image.digest.text(), decision.image.tag,
                        decision.goes ? "" : fmt::format(" ({})", decision.reason));
  }
  const auto going = count_going(plan);
  if (applied) {
    text += fmt::format("\n{} of {} tags deleted, and {} manifests\n",
                        going - pruned.refused.size(), plan.tags.size(), pruned.manifests);
  } else {
    text += fmt::format("\n{} of {} tags would go, and {} manifests; --apply deletes them\n", going,
                        plan.tags.size(), plan.manifests.size());
  }
  return text;
}

std::string as_json(const std::string& repository, const registry::PrunePlan& plan,
                    const registry::Pruned& pruned, bool applied) {
  auto tags = nlohmann::json::array();
  for (const auto& decision : plan.tags) {
    tags.push_back({{"tag", decision.image.tag},
                    {"digest", decision.image.digest.text()},
                    {"created", time_of(decision.image)},
                    {"goes", decision.goes},
                    {"reason", decision.reason}});
  }
  auto manifests = nlohmann::json::array();
  for (const auto& digest : plan.manifests) {
    manifests.push_back(digest.text());
  }
  return oci::canonical({{"repository", repository},
                         {"applied", applied},
                         {"tags", tags},
                         {"manifests", manifests},
                         {"refused", pruned.refused}}) +
         "\n";
}

base::Result<int> prune(const Options& options) {
  GANTRY_TRY(const auto reference, parse_repository(options.repository));
  GANTRY_TRY(const auto retention, retention_of(options));
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto reading, client->repository(reference, registry::Access::kPull));
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  GANTRY_TRY(const auto plan, registry::plan_prune(reading, retention, now));
  registry::Pruned pruned;
  if (options.apply) {
    GANTRY_TRY(const auto deleting, client->repository(reference, registry::Access::kDelete));
    GANTRY_TRY(pruned, registry::prune(deleting, plan));
  }
  const auto name = registry::to_text(reference);
  GANTRY_CHECK(print(options.json ? as_json(name, plan, pruned, options.apply)
                                  : describe(plan, pruned, options.apply)));
  if (!pruned.refused.empty()) {
    return base::Error{
        fmt::format("the registry does not delete tags alone: {}", fmt::join(pruned.refused, ", ")),
        name, "their images stay, since other tags or indexes need them"};
  }
  return kSuccess;
}

}  // namespace

void add_registry_prune(CLI::App& registry, Action& action) {
  auto* command = registry.add_subcommand("prune", "Delete old tags and their images");
  command->footer(
      "Says what would go, and deletes it with --apply only. With --keep and --older-than both "
      "must let a tag go. The tags latest and edge, and releases (1, 1.2, v1.2.3), stay unless "
      "--match names "
      "them; what a tag or an index needs that stays is never deleted. Signatures and the like "
      "that are attached by tags go with their image.\n\n"
      "Example:\n  gantry registry prune ghcr.io/me/app --match 'sha-*' --keep 20 --older-than "
      "30d");
  auto options = std::make_shared<Options>();
  command->add_option("repository", options->repository, "HOST/REPOSITORY")
      ->type_name("REPOSITORY")
      ->required();
  options->has_keep =
      command->add_option("--keep", options->keep, "The newest so many stay, by time of creation")
          ->type_name("N");
  command
      ->add_option("--older-than", options->older_than, "What is younger stays: 90m, 12h, 30d, 2w")
      ->type_name("AGE");
  command
      ->add_option("--match", options->match,
                   "Tags to look at, as the shell matches: 'pr-*'; may be repeated")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command->add_option("--protect", options->protect, "Tags that stay in any case; may be repeated")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  command->add_flag("--apply", options->apply, "Delete, instead of saying what would be deleted");
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return prune(*options); }; });
}

}  // namespace gantry::cli
