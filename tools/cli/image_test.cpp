#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/image_name.hpp"
#include "cli/local_image.hpp"
#include "runtime/runner.hpp"
#include "runtime/structure_test.hpp"

namespace gantry::cli {

namespace {

using Results = std::vector<runtime::CheckResult>;

struct Options {
  std::string image;
  std::string platform;
  std::string runner = "auto";
  std::vector<std::string> files;
  std::vector<std::string> configs;
  std::optional<std::string> user;
  runtime::OutcomeTest outcome;
  bool runs = false;  ///< even without arguments
  unsigned timeout_seconds = 0;
  bool json = false;
};

base::Result<runtime::StructureTest> structure_of(const Options& options) {
  runtime::StructureTest test;
  for (const auto& text : options.files) {
    GANTRY_TRY(auto check, runtime::parse_file_check(text));
    test.files.push_back(std::move(check));
  }
  for (const auto& text : options.configs) {
    GANTRY_TRY(auto check, runtime::parse_config_check(text));
    test.configs.push_back(std::move(check));
  }
  test.user = options.user;
  return test;
}

/// Adds the results of running the image; the obstacles if nothing can run it.
base::Result<std::string> check_run(const Options& options, const oci::Image& image,
                                    const ProgramArguments& program, Results& results) {
  runtime::RunRequest request;
  GANTRY_TRY(request.runner, runtime::parse_runner(options.runner));
  request.name = image_name(options.image, image);
  request.invocation.arguments = program.values;
  request.supervision = {.streams = runtime::Streams::kCapture,
                         .timeout = std::chrono::seconds(options.timeout_seconds)};
  request.announce = [](std::string_view runner) { fmt::print(stderr, "runner: {}\n", runner); };
  GANTRY_TRY(const auto report, runtime::run_image(image, request));
  if (!report.outcome) {
    return report.obstacles;
  }
  GANTRY_TRY(auto checked, runtime::check_outcome(*report.outcome, options.outcome));
  std::move(checked.begin(), checked.end(), std::back_inserter(results));
  return std::string();
}

void print_text(const Results& results) {
  std::size_t failed = 0;
  for (const auto& result : results) {
    if (result.passed) {
      fmt::print("ok    {}\n", result.name);
      continue;
    }
    ++failed;
    fmt::print("FAIL  {}\n      expected: {}\n      actual:   {}\n", result.name, result.expected,
               result.actual);
  }
  fmt::print("{} checks, {} failed\n", results.size(), failed);
}

void print_json(const Results& results, const std::string& obstacles) {
  auto checks = nlohmann::json::array();
  for (const auto& result : results) {
    checks.push_back({{"name", result.name},
                      {"passed", result.passed},
                      {"expected", result.expected},
                      {"actual", result.actual}});
  }
  nlohmann::json document = {{"checks", checks}};
  if (!obstacles.empty()) {
    document["skipped"] = obstacles;
  }
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

base::Result<int> test(const Options& options, const ProgramArguments& program) {
  GANTRY_TRY(const auto structure, structure_of(options));
  GANTRY_CHECK(runtime::check_expression(options.outcome.output));
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  GANTRY_TRY(auto results, runtime::check_structure(image, structure));
  std::string obstacles;
  if (options.runs || !program.values.empty()) {
    GANTRY_TRY(obstacles, check_run(options, image, program, results));
  } else if (results.empty()) {
    return base::Error{"there is nothing to check", "",
                       "give --file, --user, --config, --expect-stdout or a command after --"};
  }
  options.json ? print_json(results, obstacles) : print_text(results);
  for (const auto& result : results) {
    if (!result.passed) {
      return kFailure;
    }
  }
  if (!obstacles.empty()) {
    fmt::print(stderr, "SKIPPED: nothing on this machine can run the image: {}\n", obstacles);
    return kSkipped;
  }
  return kSuccess;
}

void add_run_options(CLI::App& command, const std::shared_ptr<Options>& options) {
  command
      .add_option_function<std::string>(
          "--expect-stdout",
          [options](const std::string& value) {
            options->outcome.output = value;
            options->runs = true;
          },
          "Run the image; its standard output must match somewhere (ECMAScript; ^ and $ match at "
          "lines)")
      ->type_name("REGEX");
  command
      .add_option_function<int>(
          "--expect-exit",
          [options](const int& value) {
            options->outcome.exit_code = value;
            options->runs = true;
          },
          "Run the image; it must end with this exit code (default: 0)")
      ->type_name("CODE");
  command.add_option("--timeout", options->timeout_seconds, "Kill the program after this time")
      ->type_name("SECONDS");
  command.add_option("--runner", options->runner, "auto, docker, podman or gantry")
      ->envname("GANTRY_RUNNER")
      ->capture_default_str();
}

}  // namespace

void add_image_test(CLI::App& image, ProgramArguments& program, Action& action) {
  auto* command =
      image.add_subcommand("test", "Check what is in an image, and what it does [-- argument...]");
  command->footer(
      "All checks are made and reported; the exit code is 1 if one failed. Files, user and config "
      "are read from the image, without a daemon. With arguments behind -- (which replace the "
      "image's command), or an expectation, the image is run as `gantry image run` does; if all "
      "else is well and nothing here can run it, the exit code is 77.\n\n"
      "Example:\n  gantry image test app.image --file /usr/bin/app:0755:root "
      "--config /config/Env/0=LANG=C.UTF-8 --expect-stdout '^app 1\\.' -- --version");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "A .image file, or an OCI layout oci:DIR[:TAG]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command
      ->add_option("--file", options->files,
                   "A file that must be there, with this octal mode and owner")
      ->type_name("PATH[:MODE[:OWNER]]")
      ->allow_extra_args(false);
  command
      ->add_option("--config", options->configs,
                   "What the config must have at a JSON pointer: text, or JSON")
      ->type_name("POINTER=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option_function<std::string>(
          "--user", [options](const std::string& value) { options->user = value; },
          "The user that the image must run as")
      ->type_name("USER[:GROUP]");
  add_run_options(*command, options);
  command->add_flag("--json", options->json, "Print the results as JSON");
  command->callback([&action, &program, options] {
    program.taken = true;
    action = [&program, options] { return test(*options, program); };
  });
}

}  // namespace gantry::cli
