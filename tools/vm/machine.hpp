#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/console.hpp"
#include "vm/guest.hpp"
#include "vm/hardware.hpp"
#include "vm/monitor.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

class Domain;
class Qmp;

/// A listening unix socket with our own connection to it, which is there before the one who will
/// listen is.
struct Channel {
  base::Fd listening;
  base::Fd connected;
  static base::Result<Channel> open(const std::filesystem::path& path);
};

/// A listening unix socket.
base::Result<base::Fd> listen_on(const std::filesystem::path& path);

/// A connection to a unix socket on which somebody listens.
base::Result<base::Fd> connect_to(const std::filesystem::path& path);

/// A running virtual machine, which is ours: it ends with this object.
struct Machine {
  std::filesystem::path directory;  ///< of this run: sockets, logs, what it writes to
  std::unique_ptr<Process> tpm;
  std::vector<Process> drives;  ///< simulated
  std::unique_ptr<Process> process;
  std::unique_ptr<Monitor> monitor;
  std::unique_ptr<Console> console;
  std::filesystem::path agent;     ///< the socket of its agent's port; empty: no such port
  std::vector<PortForward> ports;  ///< with the host's ports
  std::filesystem::path memory;    ///< the file that is its memory; empty: its own
  std::vector<std::filesystem::path> images;  ///< of its disks, which it writes to
  std::filesystem::path variables;  ///< of its firmware, which writes to them; empty: none
  Hardware hardware;
  std::shared_ptr<const Domain> domain;  ///< of a daemon of libvirt that runs it; else nothing
  std::shared_ptr<const void> lease;     ///< of the files that it stands on
  std::chrono::microseconds pause{0};    ///< of the guest, to be saved
};

/// What a machine goes on from.
struct SavedState {
  Guest guest;
  Platform platform;
  Hardware hardware;
  std::filesystem::path memory;  ///< empty: it is in devices, which takes time to go on from
  std::filesystem::path devices;
  std::vector<ImageChain> disks;           ///< not written to
  std::filesystem::path variables = {};    ///< the same
  std::filesystem::path drives = {};       ///< directory of those simulated; empty: new ones
  std::shared_ptr<const void> lease = {};  ///< the files stay as long as it does
};

struct ResumeOptions {
  std::filesystem::path directory;  ///< of the run, which exists and is empty
  /// To save it again: its memory is a copy in memory_directory. Else memory is shared with all who
  /// resume from the same state, and what the guest writes is its own.
  bool to_save = false;
  std::filesystem::path memory_directory;
  std::filesystem::path console_log = {};  ///< empty: in directory
  bool paused = false;                     ///< leave it as it was saved; "cont" has it go on
  bool another = false;                    ///< it hears that it is another machine now (vmgenid)
};

/// What the guest has besides QEMU, of its own: its disks' images, its firmware's variables, a TPM
/// and simulated drives, which run. What it goes on from is that of the state.
base::Result<void> prepare(Machine& machine, const SavedState& state);

/// A connection to its agent's port, which takes one at a time. A guest that nobody wants to speak
/// to hears of none.
base::Result<base::Fd> connect_to_agent(Machine& machine);

/// Runs on from a saved state, with the host's ports where the guest says (0: free ones).
base::Result<Machine> resume(const SavedState& state, const ResumeOptions& options);

/// Has a QEMU that waits for its state (its memory aside) take that up from a URI: "fd:7". Its
/// guest stands still until "cont".
base::Result<void> take_up(Qmp& monitor, Process& process, const SavedState& state,
                           const std::string& uri);

/// Takes user networking from a machine that stands still: what that knows of its guest (leases of
/// addresses, connections) is not the guest's, and a clone, which has another MAC address, would be
/// given another address than the one its ports lead to. The guest, if it goes on, is still on the
/// line, and what it sends is lost.
base::Result<void> leave_network(Machine& machine);

/// Stops it and writes the state of its devices to path: what is in memory and on disk stays where
/// it is. The machine can go on (cont) if that fails. A QEMU that cannot leave the memory out
/// (x-ignore-shared) writes it there, too: Machine::memory is empty then. It is without a network
/// from then on.
base::Result<void> save_devices(Machine& machine, const std::filesystem::path& path);

}  // namespace gantry::vm
