#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"

namespace gantry::vm {

/// The monitor of a running QEMU, our own connection or libvirt's.
class Monitor {
 public:
  virtual ~Monitor() = default;

  /// The command's "return". arguments: a JSON object as text, or empty. An Error quotes QEMU's
  /// description.
  virtual base::Result<nlohmann::json> execute(std::string_view command,
                                               std::string_view arguments = {}) = 0;

  /// As execute, with a file descriptor for commands that take one (getfd).
  virtual base::Result<nlohmann::json> execute_with(int fd, std::string_view command,
                                                    std::string_view arguments) = 0;
};

}  // namespace gantry::vm
