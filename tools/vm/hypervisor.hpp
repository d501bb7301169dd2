#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "vm/monitor.hpp"
#include "vm/platform.hpp"

struct _virConnect;
struct _virDomain;

namespace gantry::vm {

/// A running domain of libvirt.
class Domain {
 public:
  /// The process that is its QEMU. An Error if that does not run on this machine.
  base::Result<int> pid() const;

  /// libvirt's own connection to QEMU.
  std::unique_ptr<Monitor> monitor() const;

 private:
  friend class Hypervisor;
  explicit Domain(std::shared_ptr<_virDomain> handle) : handle_(std::move(handle)) {}

  std::shared_ptr<_virDomain> handle_;
};

/// A connection to libvirt's driver of QEMU.
class Hypervisor {
 public:
  /// The driver in this process (qemu:///embed): no daemon, no rights, and its state where we say.
  /// One a process. What it keeps is below root, an absolute path that is short, since sockets are
  /// there too. Memory of guests goes to memory, a directory.
  static base::Result<Hypervisor> open(const std::filesystem::path& root,
                                       const std::filesystem::path& memory,
                                       const std::filesystem::path& capability_cache);

  /// A daemon of this machine (libvirt_daemon_at), by whose configuration guests run: but as this
  /// user, and no longer than this connection lasts.
  static base::Result<Hypervisor> connect(const std::string& uri);

  /// As which user its guests are to run: HostFiles::user.
  const std::string& user() const { return user_; }

  /// Has libvirt find out what a QEMU can do, which takes it seconds once, and makes this process
  /// the one that waits for guests when they end (adopt_orphans). To be called before start().
  base::Result<void> prepare(const Platform& platform, const std::string& architecture) const;

  /// paused: its guest stands still until QEMU is told to go on.
  base::Result<Domain> start(const std::string& xml, bool paused = false) const;

 private:
  explicit Hypervisor(std::shared_ptr<_virConnect> handle) : handle_(std::move(handle)) {}

  std::shared_ptr<_virConnect> handle_;
  std::string user_;
  bool is_daemon_ = false;
};

}  // namespace gantry::vm
