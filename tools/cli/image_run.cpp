#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/image_name.hpp"
#include "cli/local_image.hpp"
#include "runtime/runner.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string platform;
  std::string runner = "auto";
  runtime::RunRequest request;
};

base::Result<int> run(Options options, const ProgramArguments& program) {
  GANTRY_TRY(options.request.runner, runtime::parse_runner(options.runner));
  GANTRY_TRY(const auto image, open_image(options.image, options.platform));
  auto& request = options.request;
  request.name = image_name(options.image, image);
  request.invocation.arguments = program.values;
  request.announce = [](std::string_view runner) { fmt::print(stderr, "runner: {}\n", runner); };
  GANTRY_TRY(const auto report, runtime::run_image(image, request));
  if (!report.outcome) {
    return base::Error{"nothing on this machine can run the image: " + report.obstacles,
                       options.image, ""};
  }
  return report.outcome->exit_code;
}

}  // namespace

void add_image_run(CLI::App& image, ProgramArguments& program, Action& action) {
  auto* command = image.add_subcommand(
      "run", "Run an image [-- argument...], with docker, podman or without them");
  command->footer(
      "What stands behind -- replaces the image's command, as with `docker run`. The program has "
      "no network but its own loopback. Runners, in this order: docker (if its daemon answers), "
      "podman, and a sandbox of Gantry's own: namespaces as root, a user namespace for everybody "
      "else (then all files belong to the one user there is), a plain chroot where root is refused "
      "namespaces. The exit code is the program's.\n\n"
      "Example:\n  gantry image run build/gantry/images/app.image --env LOG=debug -- --version");
  auto options = std::make_shared<Options>();
  auto& invocation = options->request.invocation;
  command->add_option("image", options->image, "A .image file, or an OCI layout oci:DIR[:TAG]")
      ->type_name("IMAGE")
      ->required();
  command->add_option("--runner", options->runner, "auto, docker, podman or gantry")
      ->envname("GANTRY_RUNNER")
      ->capture_default_str();
  command->add_option("--platform", options->platform, "Which image of an index: linux/arm64");
  command
      ->add_option("--env", invocation.environment,
                   "Set a variable; NAME alone takes its value from here")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false);
  command->add_option("--user", invocation.user, "Run as this user instead of the image's")
      ->type_name("USER[:GROUP]");
  command->add_option("--workdir", invocation.directory, "Start in this directory of the image")
      ->type_name("DIR");
  command
      ->add_option_function<std::string>(
          "--entrypoint",
          [options](const std::string& value) { options->request.invocation.entrypoint = value; },
          "Run this instead of the image's entrypoint")
      ->type_name("PROGRAM");
  command->add_flag("--keep", options->request.keep,
                    "Leave the unpacked files, or the container, and say where");
  command->callback([&action, &program, options] {
    program.taken = true;
    action = [&program, options] { return run(*options, program); };
  });
}

}  // namespace gantry::cli
