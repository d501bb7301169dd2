#include "vm/libvirt_uri.hpp"

#include <string>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

Result<LibvirtDaemon> libvirt_daemon_at(std::string_view uri) {
  constexpr std::string_view kSeparator = "://";
  const auto wrong = [uri](std::string what) {
    return base::Error{std::move(what), base::printable(uri),
                       "qemu:///system and qemu:///session are libvirt's on this machine, and "
                       "qemu+unix:///system?socket=PATH is another daemon of it"};
  };
  const auto end = uri.find(kSeparator);
  if (end == std::string_view::npos) {
    return wrong("this is no URI of libvirt");
  }
  const auto scheme = uri.substr(0, end);
  const auto plus = scheme.find('+');
  const auto transport =
      plus == std::string_view::npos ? std::string_view() : scheme.substr(plus + 1);
  if (scheme.substr(0, plus) != "qemu") {
    return wrong("guests are run by libvirt's driver of QEMU, and this is another one");
  }
  const auto rest = uri.substr(end + kSeparator.size());
  const auto slash = rest.find_first_of("/?");
  const auto server = rest.substr(0, slash);
  if (!server.empty() || (!transport.empty() && transport != "unix")) {
    return wrong(
        "its guests may run on another machine: their memory, which clones map, must be a file of "
        "this one");
  }
  if (slash == std::string_view::npos || rest[slash] != '/') {
    return wrong("it says neither /system nor /session");
  }
  const auto path = rest.substr(0, rest.find('?'));
  if (path == "/embed") {
    return wrong("the driver in this process is the default, and chooses its directory itself");
  }
  if (path == "/session") {
    return LibvirtDaemon::kSession;
  }
  return path == "/system" ? Result<LibvirtDaemon>(LibvirtDaemon::kSystem)
                           : wrong("it says neither /system nor /session");
}

}  // namespace gantry::vm
