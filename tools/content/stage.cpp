#include "content/stage.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "content/digest.hpp"
#include "content/install_script.hpp"
#include "content/manifest.hpp"
#include "content/scan.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kArgumentsFirstLine = "gantry-stage 1";

template <class Request>
auto paths(Request& request) {
  return std::array{
      std::pair{"cmake", &request.cmake},     std::pair{"build-dir", &request.build_directory},
      std::pair{"tree", &request.tree},       std::pair{"output", &request.manifest},
      std::pair{"depfile", &request.depfile},
  };
}

template <class Request>
auto words(Request& request) {
  return std::array{
      std::pair{"component", &request.component},
      std::pair{"config", &request.config},
      std::pair{"prefix", &request.prefix},
  };
}

std::string arguments_text(const StageRequest& request) {
  std::string text = std::string(kArgumentsFirstLine) + "\n";
  for (const auto& [name, path] : paths(request)) {
    text += fmt::format("{} {}\n", name, path->native());
  }
  for (const auto& [name, word] : words(request)) {
    text += fmt::format("{} {}\n", name, *word);
  }
  return text;
}

base::Result<void> check(const StageRequest& request) {
  if (request.component.empty()) {
    return base::Error{"no component is named", "", "every install() rule can have a COMPONENT"};
  }
  if (!request.prefix.starts_with('/')) {
    return base::Error{fmt::format("the prefix '{}' is not absolute", request.prefix), "",
                       "it is a directory of the image, such as /usr"};
  }
  const auto has_break = [](const auto& field) {
    return std::string(*field.second).find('\n') != std::string::npos;
  };
  if (std::ranges::any_of(paths(request), has_break) ||
      std::ranges::any_of(words(request), has_break)) {
    return base::Error{"a name with a line break in it cannot be staged", "", ""};
  }
  return {};
}

base::Error unknown_component(const StageRequest& request, std::vector<std::string> components) {
  std::string hint = "no install() rule of this project names a COMPONENT";
  if (!components.empty()) {
    const auto nearest = base::nearest(request.component, components);
    if (nearest) {
      std::stable_partition(components.begin(), components.end(),
                            [&](const std::string& name) { return name == *nearest; });
    }
    hint = fmt::format("{}the components of this project are: {}",
                       nearest ? fmt::format("did you mean '{}'? ", *nearest) : "",
                       base::join(components, ", "));
  }
  return {
      fmt::format("component '{}' installs nothing: no install() rule names it", request.component),
      "", hint};
}

/// One lock for each component of the build tree.
base::Result<base::FileLock> lock(const StageRequest& request) {
  const auto directory = request.build_directory / "gantry" / "locks";
  GANTRY_CHECK(base::make_directories(directory));
  const auto name = sha256(request.component).hex().substr(0, 16);
  return base::FileLock::acquire(directory / ("stage-" + name), base::FileLock::Mode::kExclusive);
}

base::Result<void> install(const StageRequest& request, const fs::path& into) {
  std::vector<std::string> arguments = {request.cmake, "--install",       request.build_directory,
                                        "--component", request.component, "--prefix",
                                        request.prefix};
  if (!request.config.empty()) {
    arguments.insert(arguments.end(), {"--config", request.config});
  }
  // CMAKE_INSTALL_MODE would make links to the build tree of the files.
  GANTRY_TRY(const auto finished, base::run({.arguments = arguments,
                                             .environment = {{"DESTDIR", into.native()},
                                                             {"CMAKE_INSTALL_ALWAYS", "1"},
                                                             {"CMAKE_INSTALL_MODE", "COPY"},
                                                             {"LC_ALL", "C"},
                                                             {"TZ", "UTC"}},
                                             .umask = 022}));
  if (finished.exit_code != 0) {
    return base::Error{
        fmt::format("cannot install the component '{}': {} failed with exit code "
                    "{}:\n{}",
                    request.component, base::shell_quoted(arguments), finished.exit_code,
                    base::trim(finished.err.empty() ? finished.out : finished.err)),
        "", ""};
  }
  return {};
}

/// Puts fresh in the place of tree; a reader sees one or the other.
base::Result<void> replace_tree(const fs::path& fresh, const fs::path& tree) {
  if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, tree.c_str(), RENAME_EXCHANGE) == 0) {
    return base::remove_tree(fresh);
  }
  // The first stage, or a file system that cannot exchange.
  GANTRY_CHECK(base::remove_tree(tree));
  if (std::rename(fresh.c_str(), tree.c_str()) != 0) {
    return base::errno_error("rename the staged files to", tree);
  }
  return {};
}

base::Depfile dependencies(const StageRequest& request, const InstallInputs& inputs) {
  std::vector<fs::path> all = inputs.scripts;
  all.insert(all.end(), inputs.sources.begin(), inputs.sources.end());
  return base::make_depfile(request.manifest, all);
}

base::Result<StageRequest> absolute(StageRequest request) {
  for (const auto& [name, path] : paths(request)) {
    const bool is_found_on_path = path == &request.cmake && !path->has_parent_path();
    if (!path->empty() && !is_found_on_path) {
      std::error_code failure;
      *path = fs::absolute(*path, failure).lexically_normal();
      if (failure) {
        return base::Error{fmt::format("cannot make {} absolute: {}", name, failure.message()), "",
                           ""};
      }
      if (!path->has_filename()) {
        *path = path->parent_path();
      }
    }
  }
  return request;
}

}  // namespace

base::Result<Staged> stage(const StageRequest& given) {
  GANTRY_TRY(const auto request, absolute(given));
  GANTRY_CHECK(check(request));
  GANTRY_TRY(const auto inputs,
             find_install_inputs(request.build_directory, request.component, request.config));
  if (!std::ranges::binary_search(inputs.components, request.component)) {
    return unknown_component(request, inputs.components);
  }
  GANTRY_TRY(auto held, lock(request));
  held.extend_to_children();

  const fs::path fresh = request.tree.native() + ".new";
  GANTRY_CHECK(base::remove_tree(fresh));
  GANTRY_CHECK(base::make_directories(fresh));
  GANTRY_CHECK(install(request, fresh));
  GANTRY_TRY(auto tree, scan_tree(fresh, Identify::kByContent, Owners::kRoot));
  for (auto& entry : tree) {
    entry.mtime = 0;  // that of the installation says nothing, and an image sets its own
  }
  if (tree.empty()) {
    return base::Error{
        fmt::format(
            "component '{}' installs nothing{}", request.component,
            request.config.empty() ? "" : fmt::format(" in the configuration {}", request.config)),
        "",
        "its install() rules are all OPTIONAL, conditional, or for other "
        "CONFIGURATIONS"};
  }
  GANTRY_CHECK(replace_tree(fresh, request.tree));

  // The manifest comes last: a stage that was killed before has not happened.
  const auto directory = request.manifest.parent_path();
  GANTRY_CHECK(base::make_directories(directory));
  GANTRY_TRY(const bool recorded,
             base::write_file_if_changed(directory / "arguments", arguments_text(request)));
  static_cast<void>(recorded);
  Staged staged{.entries = tree.size(), .dependencies = dependencies(request, inputs)};
  if (!request.depfile.empty()) {
    GANTRY_CHECK(base::make_directories(request.depfile.parent_path()));
    GANTRY_CHECK(base::write_file(request.depfile, staged.dependencies.text));
  }
  GANTRY_TRY(staged.changed,
             base::write_file_if_changed(request.manifest, write_manifest(tree, fresh)));
  return staged;
}

base::Result<StageRequest> read_stage_request(const fs::path& arguments) {
  GANTRY_TRY(const std::string text, base::read_file(arguments, 1 << 20));
  const auto malformed = [&](std::size_t line, std::string what) {
    return base::Error{std::move(what), fmt::format("{}:{}", arguments.native(), line), ""};
  };
  const auto lines = base::split(text, '\n');
  if (lines.front() != kArgumentsFirstLine) {
    return malformed(1, fmt::format("the first line is not '{}'", kArgumentsFirstLine));
  }
  StageRequest request;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) {
      continue;
    }
    const auto space = lines[i].find(' ');
    const auto key = lines[i].substr(0, space);
    const auto value = space == std::string_view::npos ? "" : lines[i].substr(space + 1);
    bool known = false;
    for (const auto& [name, path] : paths(request)) {
      if (key == name) {
        *path = value;
        known = true;
      }
    }
    for (const auto& [name, word] : words(request)) {
      if (key == name) {
        *word = value;
        known = true;
      }
    }
    if (!known) {
      return malformed(i + 1, fmt::format("unknown key '{}'", base::printable(key)));
    }
  }
  GANTRY_CHECK(check(request));
  return request;
}

}  // namespace gantry::content
