#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "runtime/invocation.hpp"
#include "runtime/supervisor.hpp"

namespace gantry::runtime {

/// A container engine with Docker's command line: docker or podman.
class Engine {
 public:
  explicit Engine(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  struct Obstacle {
    std::string what;     ///< "not installed", "no daemon"
    std::string message;  ///< what the engine itself says, if it does
  };

  /// Why it cannot be used here; nothing if it seems to work.
  std::optional<Obstacle> obstacle() const;

  struct Run {
    std::optional<Outcome> outcome;  ///< absent: the engine could not start the program
    std::string obstacle;            ///< then: why
  };

  /// Loads the image under a name of its own, runs it without a network and removes the container
  /// and the image, unless keep. about_to_start is called before the program can print anything.
  base::Result<Run> run(const oci::Image& image, const Invocation& invocation,
                        const Supervision& supervision, bool keep,
                        const std::function<void()>& about_to_start) const;

 private:
  base::Result<Run> start(const std::string& container, const Supervision& supervision) const;

  std::string name_;
};

/// The engine "docker" or "podman", or for "auto" the first of them that works. An Error says why
/// none does.
base::Result<Engine> choose_engine(const std::string& name);

}  // namespace gantry::runtime
