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

enum class Runner {
  kAuto,    ///< the first of the following that can start the image
  kDocker,  ///< a daemon that answers
  kPodman,
  kGantry,  ///< a sandbox of our own, see run_in_sandbox
};

/// auto, docker, podman, gantry; an unknown name is an error that names the nearest.
base::Result<Runner> parse_runner(std::string_view name);

struct RunRequest {
  std::string name = {};  ///< the image's, for the host name
  Invocation invocation = {};
  Supervision supervision = {};
  Runner runner = Runner::kAuto;
  bool keep = false;  ///< leaves the unpacked image, or the container, and says where
  /// Told which runner was taken and why not those before it, before the program starts:
  /// "gantry (namespaces); docker: no daemon; podman: not installed".
  std::function<void(std::string_view)> announce = [](std::string_view) {};
};

struct RunReport {
  std::optional<Outcome> outcome;  ///< absent: no runner here can run it
  std::string obstacles;           ///< then: why, of each runner
};

/// Runs an image. An Error is a fault of the image or of the request (no program, unknown user, a
/// corrupt blob).
base::Result<RunReport> run_image(const oci::Image& image, const RunRequest& request);

}  // namespace gantry::runtime
