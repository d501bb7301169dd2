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
  /// The process that is its QEMU, on this machine.
  base::Result<int> pid() const;

  /// As libvirt has made it, with the addresses of its devices.
  base::Result<std::string> live_xml() const;

  /// libvirt's own connection to QEMU.
  std::unique_ptr<Monitor> monitor() const;

  base::Result<void> destroy();

 private:
  friend class Hypervisor;
  struct Free {
    void operator()(_virDomain* domain) const;
  };
  Domain(std::shared_ptr<_virDomain> handle, std::filesystem::path pid_file)
      : handle_(std::move(handle)), pid_file_(std::move(pid_file)) {}

  std::shared_ptr<_virDomain> handle_;
  std::filesystem::path pid_file_;
};

/// A connection to libvirt's driver of QEMU in this process (qemu:///embed): no daemon, no rights,
/// and its state where we say. One a process.
class Hypervisor {
 public:
  /// What it keeps is below root, an absolute path that is short, since sockets are there too.
  /// Memory of guests goes to memory, a directory. Domains that a killed process has left behind
  /// are there again.
  static base::Result<Hypervisor> open(const std::filesystem::path& root,
                                       const std::filesystem::path& memory,
                                       const std::filesystem::path& capability_cache);

  /// Has libvirt find out what a QEMU can do, which takes it seconds once, and makes this process
  /// the one that waits for guests when they end (adopt_orphans). To be called before start().
  base::Result<void> prepare(const Platform& platform, const std::string& architecture) const;

  base::Result<Domain> start(const std::string& xml) const;

  /// Ends every domain that is there.
  base::Result<void> destroy_all() const;

 private:
  Hypervisor(std::shared_ptr<_virConnect> handle, std::filesystem::path root)
      : handle_(std::move(handle)), root_(std::move(root)) {}

  std::shared_ptr<_virConnect> handle_;
  std::filesystem::path root_;
};

}  // namespace gantry::vm
