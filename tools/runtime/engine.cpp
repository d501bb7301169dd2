#include "runtime/engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "runtime/load.hpp"

namespace gantry::runtime {

namespace {

/// Runs a command when it goes out of scope, for things that live outside this process.
class Cleanup {
 public:
  explicit Cleanup(std::vector<std::string> command) : command_(std::move(command)) {}
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;
  ~Cleanup() {
    if (!command_.empty()) {
      static_cast<void>(static_cast<bool>(base::run({.arguments = command_})));
    }
  }
  void cancel() { command_.clear(); }

 private:
  std::vector<std::string> command_;
};

/// Options of `create` that say the same as the invocation, up to and with the image's name.
std::vector<std::string> create_command(const std::string& engine, const Invocation& invocation,
                                        const std::string& tag) {
  // Never pull: the name is ours, and a registry may have something else under it.
  std::vector<std::string> command = {engine, "create", "--interactive", "--network=none",
                                      "--pull=never"};
  const auto add = [&](std::string_view option, const std::string& value) {
    command.push_back(fmt::format("--{}={}", option, value));
  };
  for (const auto& variable : invocation.environment) {
    add("env", variable);
  }
  if (!invocation.user.empty()) {
    add("user", invocation.user);
  }
  if (!invocation.directory.empty()) {
    add("workdir", invocation.directory);
  }
  if (invocation.entrypoint) {
    add("entrypoint", *invocation.entrypoint);
  }
  command.push_back(tag);
  command.insert(command.end(), invocation.arguments.begin(), invocation.arguments.end());
  return command;
}

std::string last_line(std::string_view text) {
  const auto lines = base::split(base::trim(text), '\n');
  return std::string(base::trim(lines.back()));
}

}  // namespace

std::optional<Engine::Obstacle> Engine::obstacle() const {
  if (!base::find_program(name_)) {
    return Obstacle{"not installed", ""};
  }
  // podman needs no daemon, and says by itself what is wrong when it loads the image.
  if (name_ == "docker") {
    const auto asked =
        base::run({.arguments = {name_, "version", "--format", "{{.Server.Version}}"}});
    if (!asked || asked->exit_code != 0) {
      return Obstacle{"no daemon", last_line(asked ? asked->err : asked.error().what)};
    }
  }
  return std::nullopt;
}

base::Result<Engine::Run> Engine::start(const std::string& container,
                                        const Supervision& supervision) const {
  // By a command of its own: some versions of the client leave, with exit code 0, when they are
  // signalled.
  const auto pass_on = [&](int signal) {
    static_cast<void>(static_cast<bool>(
        base::run({.arguments = {name_, "kill", fmt::format("--signal={}", signal), container}})));
  };
  GANTRY_TRY(auto outcome, run_supervised({name_, "start", "--attach", "--interactive", container},
                                          supervision, pass_on));
  if (outcome.exit_code == 0 || outcome.timed_out) {
    return Run{std::move(outcome), {}};
  }
  // The engine's own failures have exit codes that programs use as well: only it knows.
  const auto state =
      base::run({.arguments = {name_, "inspect", "--format",
                               "{{.State.StartedAt}}\t{{.State.Error}}", container}});
  if (!state || state->exit_code != 0 || !state->out.starts_with("0001-01-01")) {
    return Run{std::move(outcome), {}};
  }
  const auto error = state->out.substr(std::min(state->out.size(), state->out.find('\t')));
  const auto said = base::trim(error);
  return Run{std::nullopt, "cannot start it: " + (!said.empty()         ? last_line(said)
                                                  : outcome.err.empty() ? "its message is above"
                                                                        : last_line(outcome.err))};
}

base::Result<Engine::Run> Engine::run(const oci::Image& image, const Invocation& invocation,
                                      const Supervision& supervision, bool keep,
                                      const std::function<void()>& about_to_start) const {
  // The process's number, as tests of one image run side by side and each removes its own name.
  const auto tag =
      fmt::format("localhost/gantry-run:{}-{}", image.descriptor.digest.hex(), getpid());
  Cleanup remove_image({name_, "rmi", tag});
  if (const auto loaded = load_image(name_, image, {.names = {tag}}); !loaded) {
    return Run{std::nullopt, "cannot load the image: " + last_line(loaded.error().what)};
  }
  const auto created = base::run({.arguments = create_command(name_, invocation, tag)});
  if (!created || created->exit_code != 0) {
    return Run{std::nullopt, "cannot create a container: " +
                                 last_line(created ? created->err : created.error().what)};
  }
  const auto container = last_line(created->out);
  Cleanup remove_container({name_, "rm", "--force", "--volumes", container});
  if (base::interrupted()) {
    return base::Error{"interrupted", "", ""};
  }
  about_to_start();
  auto run = start(container, supervision);
  if (keep && run && run->outcome) {
    remove_container.cancel();
    remove_image.cancel();
    fmt::print(stderr, "kept: container {} of image {}\n", container.substr(0, 12), tag);
  }
  return run;
}

base::Result<Engine> choose_engine(const std::string& name) {
  const std::vector<std::string> names =
      name == "auto" ? std::vector<std::string>{"docker", "podman"} : std::vector{name};
  std::string obstacles;
  for (const auto& candidate : names) {
    Engine engine(candidate);
    const auto obstacle = engine.obstacle();
    if (!obstacle) {
      return engine;
    }
    obstacles += fmt::format("{}{}: {}{}", obstacles.empty() ? "" : "; ", candidate, obstacle->what,
                             obstacle->message.empty() ? "" : " (" + obstacle->message + ")");
  }
  return base::Error{"no container engine to load into: " + obstacles, "",
                     "without one, gantry image run runs an image, too"};
}

}  // namespace gantry::runtime
