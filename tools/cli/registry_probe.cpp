#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/json_document.hpp"
#include "registry/probe.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string name;
  bool write = false;
  bool json = false;
  RegistryOptions registry;
};

std::string_view word_of(registry::Support support) {
  switch (support) {
    case registry::Support::kYes:
      return "yes";
    case registry::Support::kNo:
      return "no";
    case registry::Support::kUnknown:
      return "unknown";
  }
  return "";
}

base::Result<void> append(std::vector<registry::Finding>& findings,
                          base::Result<std::vector<registry::Finding>> more) {
  GANTRY_TRY(const auto values, std::move(more));
  findings.insert(findings.end(), values.begin(), values.end());
  return {};
}

base::Result<std::vector<registry::Finding>> find(const Options& options,
                                                  const RegistryName& name) {
  GANTRY_TRY(const auto endpoint,
             registry::endpoint_of_host(name.host, options.registry.transport(name.host)));
  GANTRY_TRY(auto http, registry::HttpClient::create(options.registry.http));
  GANTRY_TRY(auto findings, registry::probe_endpoint(http, endpoint));
  if (name.repository.empty()) {
    return findings;
  }
  GANTRY_TRY(const auto reference,
             registry::parse_reference(fmt::format("{}/{}", name.host, name.repository)));
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto reading, client->repository(reference, registry::Access::kPull));
  GANTRY_CHECK(append(findings, registry::probe_reading(reading)));
  if (options.write) {
    GANTRY_TRY(const auto pushing, client->repository(reference, registry::Access::kPush));
    GANTRY_TRY(const auto deleting, client->repository(reference, registry::Access::kDelete));
    GANTRY_CHECK(append(findings, registry::probe_writing(pushing, deleting)));
  }
  return findings;
}

base::Result<int> probe(const Options& options) {
  GANTRY_TRY(const auto name, parse_registry_name(options.name));
  if (options.write && name.repository.empty()) {
    return base::Error{"--write needs a repository to write to", base::printable(options.name),
                       "give HOST/REPOSITORY, best of one that is for trying"};
  }
  GANTRY_TRY(const auto findings, find(options, name));
  if (options.json) {
    auto list = nlohmann::json::array();
    for (const auto& finding : findings) {
      list.push_back({{"feature", finding.feature},
                      {"support", word_of(finding.support)},
                      {"detail", finding.detail}});
    }
    GANTRY_CHECK(
        print(oci::canonical(
                  {{"registry", name.host}, {"repository", name.repository}, {"findings", list}}) +
              "\n"));
    return kSuccess;
  }
  std::string text;
  for (const auto& finding : findings) {
    text += fmt::format("{:<20} ", finding.feature);
    text += finding.detail.empty() ? fmt::format("{}\n", word_of(finding.support))
                                   : fmt::format("{:<7}  {}\n", word_of(finding.support),
                                                 base::printable(finding.detail));
  }
  GANTRY_CHECK(print(text));
  return kSuccess;
}

}  // namespace

void add_registry_probe(CLI::App& registry, Action& action) {
  auto* command = registry.add_subcommand("probe", "Find out what a registry supports");
  command->footer(
      "Of a host: what it speaks, and how it asks who one is. Of a repository: what reading shows, "
      "and with --write what writing shows; what is written is deleted again where the registry "
      "lets it be.\n\n"
      "Example:\n  gantry registry probe localhost:5000/team/trial --write");
  auto options = std::make_shared<Options>();
  command->add_option("registry", options->name, "Its host and port, or a repository")
      ->type_name("HOST[/REPOSITORY]")
      ->required();
  command->add_flag("--write", options->write,
                    "Try uploads, mounts, tags and deleting too, with a tiny image");
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return probe(*options); }; });
}

}  // namespace gantry::cli
