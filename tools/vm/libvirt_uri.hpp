#pragma once

#include <string_view>

#include "base/result.hpp"

namespace gantry::vm {

/// libvirt's driver in this process, of which no daemon is needed.
inline constexpr std::string_view kEmbeddedDriver = "qemu:///embed";

enum class LibvirtDaemon {
  kSystem,   ///< the machine's, whose guests run as whom it likes
  kSession,  ///< the user's
};

/// The daemon of this machine that a URI of libvirt leads to. An Error says why it does not: nobody
/// is connected to for that.
base::Result<LibvirtDaemon> libvirt_daemon_at(std::string_view uri);

}  // namespace gantry::vm
