#include "runtime/runner.hpp"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/unpack.hpp"
#include "runtime/engine.hpp"
#include "runtime/execution.hpp"
#include "runtime/root_path.hpp"

namespace gantry::runtime {

namespace {

constexpr std::array<std::pair<std::string_view, Runner>, 4> kRunners = {
    {{"auto", Runner::kAuto},
     {"docker", Runner::kDocker},
     {"podman", Runner::kPodman},
     {"gantry", Runner::kGantry}}};

/// Why runners were passed over, for the announcement and for the report.
class Obstacles {
 public:
  void add(std::string_view runner, std::string_view obstacle) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : "; ", runner, obstacle);
  }
  std::string after(std::string_view taken) const {
    return fmt::format("{}{}{}", taken, text_.empty() ? "" : "; ", text_);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The text of a small file of an unpacked image; empty if it has none.
std::string text_in_root(const std::filesystem::path& root, std::string_view path) {
  const auto found = find_in_root(root, path);
  if (!found || !std::filesystem::is_regular_file(*found)) {
    return {};
  }
  auto text = base::read_file(*found, std::uint64_t{1} << 20);
  return text ? *std::move(text) : std::string();
}

base::Result<Outcome> run_unpacked(const oci::Image& image, const RunRequest& request,
                                   Isolation isolation) {
  GANTRY_TRY(auto directory, base::TempDir::create());
  const auto root = directory.path() / "root";
  // The image's other users must be able to enter it, whatever our umask is.
  GANTRY_CHECK(base::make_directories(root));
  if (chmod(root.c_str(), 0755) != 0) {
    return base::errno_error("set the mode of", root);
  }
  GANTRY_CHECK(oci::unpack(image, root, {.devices = oci::Devices::kSkip}));
  GANTRY_TRY(const auto program,
             make_program(image.config, request.invocation, text_in_root(root, "etc/passwd"),
                          text_in_root(root, "etc/group"), request.name));
  auto outcome = run_in_sandbox(root, program, isolation, request.supervision);
  if (request.keep) {
    fmt::print(stderr, "kept: {}\n", directory.release().native());
  }
  return outcome;
}

/// The outcome if the engine could run it; adds to the obstacles if not.
base::Result<std::optional<Outcome>> run_by_engine(const Engine& engine, const oci::Image& image,
                                                   const RunRequest& request,
                                                   Obstacles& obstacles) {
  if (const auto obstacle = engine.obstacle()) {
    obstacles.add(engine.name(), obstacle->what);
    return std::optional<Outcome>();
  }
  GANTRY_TRY(auto run, engine.run(image, request.invocation, request.supervision, request.keep,
                                  [&] { request.announce(obstacles.after(engine.name())); }));
  if (!run.outcome) {
    obstacles.add(engine.name(), run.obstacle);
  }
  return std::move(run.outcome);
}

}  // namespace

base::Result<Runner> parse_runner(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, runner] : kRunners) {
    if (known == name) {
      return runner;
    }
    names.emplace_back(known);
  }
  const auto near = base::nearest(name, names);
  return base::Error{fmt::format("unknown runner '{}'", base::printable(name)), "",
                     near ? fmt::format("did you mean '{}'?", *near)
                          : "there are auto, docker, podman and gantry"};
}

base::Result<RunReport> run_image(const oci::Image& image, const RunRequest& request) {
  GANTRY_CHECK(program_arguments(image.config, request.invocation));
  Obstacles obstacles;
  const bool any = request.runner == Runner::kAuto;
  // An engine that is asked for by name may be on another machine.
  if ((any || request.runner == Runner::kGantry) && !can_execute(image.config.platform)) {
    return RunReport{std::nullopt,
                     fmt::format("programs for {} do not run on this machine ({})",
                                 image.config.platform.text(), oci::Platform::host().text())};
  }
  for (const auto& [name, runner] : std::span(kRunners).subspan(1, 2)) {
    if (any || request.runner == runner) {
      GANTRY_TRY(auto outcome, run_by_engine(Engine(std::string(name)), image, request, obstacles));
      if (outcome) {
        return RunReport{std::move(outcome), {}};
      }
    }
  }
  if (any || request.runner == Runner::kGantry) {
    const auto isolation = find_isolation();
    if (isolation) {
      request.announce(obstacles.after(fmt::format("gantry ({})", describe(*isolation))));
      GANTRY_TRY(auto outcome, run_unpacked(image, request, *isolation));
      return RunReport{std::move(outcome), {}};
    }
    obstacles.add("gantry", isolation.error().what);
  }
  return RunReport{std::nullopt, obstacles.text()};
}

}  // namespace gantry::runtime
