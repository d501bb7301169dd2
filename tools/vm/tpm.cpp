#include "vm/tpm.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

fs::path tpm_socket(const fs::path& directory) {
  return directory / "tpm";
}

Result<Process> start_tpm(const fs::path& directory) {
  // Without the other two libvirt says that QEMU knows no such TPM.
  for (const auto* const program : {"swtpm", "swtpm_setup", "swtpm_ioctl"}) {
    if (!base::find_program(program)) {
      return base::Error{fmt::format("the guest has a TPM, and {} is not installed", program), "",
                         "install Debian's swtpm and swtpm-tools"};
    }
  }
  const auto state = directory / "tpm-state";
  GANTRY_CHECK(base::make_directories(state));
  GANTRY_TRY(const auto socket, listen_on(tpm_socket(directory)));
  return Process::start(
      {{"swtpm", "socket", "--tpm2", "--tpmstate", fmt::format("dir={},mode=0600", state.native()),
        "--ctrl", fmt::format("type=unixio,fd={}", socket.get()), "--terminate"},
       directory / "tpm.log",
       {socket.get()}});
}

}  // namespace gantry::vm
