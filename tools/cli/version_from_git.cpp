#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "content/git_version.hpp"
#include "oci/json_document.hpp"
#include "oci/tag_rules.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string directory = ".";
  std::string tag_prefix = "v";
  std::string fallback;
  std::string header_prefix;
  std::string output;
  std::string depfile;
  bool json = false;
};

bool is_identifier(std::string_view text) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word) &&
         std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

/// What the checkout says, or the fallback where there is none.
base::Result<content::GitVersion> find_version(const Options& options) {
  GANTRY_TRY(auto found, content::read_git_version(options.directory, options.tag_prefix));
  if (found) {
    return *std::move(found);
  }
  if (options.fallback.empty()) {
    return base::Error{"there is no git checkout with a commit here", options.directory,
                       "--fallback gives a version for sources without git"};
  }
  const auto version = content::SemanticVersion::parse(options.fallback);
  if (!version) {
    return base::Error{
        fmt::format("'{}' is no semantic version", base::printable(options.fallback)), "--fallback",
        "write MAJOR.MINOR.PATCH, as in 1.2.3"};
  }
  content::GitVersion fallback;
  fallback.version = *version;
  return fallback;
}

std::string header_text(const std::string& prefix, const content::GitVersion& git) {
  const auto& version = git.version;
  return fmt::format(
      "#ifndef {0}_VERSION_H\n#define {0}_VERSION_H\n\n"
      "#define {0}_VERSION \"{1}\"\n#define {0}_VERSION_MAJOR {2}\n#define {0}_VERSION_MINOR {3}\n"
      "#define {0}_VERSION_PATCH {4}\n#define {0}_REVISION \"{5}\"\n\n#endif\n",
      prefix, version.text(), version.major, version.minor, version.patch, git.commit);
}

/// Written only if it changes, so that nothing is compiled again for nothing.
base::Result<int> write_header(const Options& options, const content::GitVersion& git) {
  if (!is_identifier(options.header_prefix)) {
    return base::Error{
        fmt::format("'{}' is no C identifier", base::printable(options.header_prefix)), "--header",
        ""};
  }
  const auto text = header_text(options.header_prefix, git);
  GANTRY_CHECK(base::make_directories(std::filesystem::path(options.output).parent_path()));
  if (!options.depfile.empty()) {
    auto inputs = git.files;
    if (inputs.empty()) {
      inputs.emplace_back(options.directory);  // where a checkout would appear
    }
    const auto depfile = base::make_depfile(options.output, inputs);
    GANTRY_CHECK(base::write_file(options.depfile, depfile.text));
    warn_of_unsafe_names(depfile);
  }
  GANTRY_TRY(const bool changed, base::write_file_if_changed(options.output, text));
  if (changed) {
    GANTRY_CHECK(print(fmt::format("version {}: {}\n", options.header_prefix, git.version.text())));
  }
  return kSuccess;
}

base::Result<int> show(const Options& options, const content::GitVersion& git) {
  if (!options.json) {
    GANTRY_CHECK(print(git.version.text() + "\n"));
    return kSuccess;
  }
  std::vector<std::string> tags;
  if (!git.commit.empty()) {
    GANTRY_TRY(const auto planned, oci::plan_tags(git, {}));
    for (const auto& tag : planned) {
      tags.push_back(tag.name);
    }
  }
  const nlohmann::json value = {{"version", git.version.text()},
                                {"tagged", git.is_tagged},
                                {"commit", git.commit},
                                {"branch", git.branch},
                                {"tags", tags}};
  GANTRY_CHECK(print(oci::canonical(value) + "\n"));
  return kSuccess;
}

base::Result<int> run(const Options& options) {
  if (options.output.empty() != options.header_prefix.empty()) {
    return base::Error{"a header needs both --header and --output", "", ""};
  }
  GANTRY_TRY(const auto git, find_version(options));
  return options.output.empty() ? show(options, git) : write_header(options, git);
}

}  // namespace

void add_version(CLI::App& root, Action& action) {
  auto* command = root.add_subcommand("version", "Tell a project's version from its git checkout");
  command->footer(
      "A tag vX.Y.Z on HEAD is the version X.Y.Z. Between tags it is the next patch version's\n"
      "development version, 1.2.4-dev.5+gabc1234 for the fifth commit after v1.2.3.\n\n"
      "Examples:\n  gantry version\n  gantry version --json path/of/checkout\n"
      "  gantry version --tag-prefix release- --header APP --output APP_version.h");
  auto options = std::make_shared<Options>();
  command->add_option("directory", options->directory, "In the checkout")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--tag-prefix", options->tag_prefix, "What stands before a tag's version")
      ->type_name("TEXT")
      ->capture_default_str();
  command->add_option("--fallback", options->fallback, "The version where there is no checkout")
      ->type_name("VERSION");
  command
      ->add_option("--header", options->header_prefix,
                   "Write a C header with NAME_VERSION and NAME_REVISION")
      ->type_name("NAME");
  command->add_option("--output", options->output, "The header to write")->type_name("FILE");
  command->add_option("--depfile", options->depfile, "Makefile rules that name every input")
      ->type_name("FILE");
  command->add_flag("--json", options->json, "Print JSON, with the tags that an image gets");
  command->callback([&action, options] { action = [options] { return run(*options); }; });
}

}  // namespace gantry::cli
