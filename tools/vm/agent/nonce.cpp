#include "vm/agent/nonce.hpp"

#include <array>
#include <ctime>

#include <fcntl.h>
#include <sys/random.h>

#include "vm/agent/fd.hpp"

namespace gantry::vm::agent {

std::string read_boot_id() {
  const Fd file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::array<char, 36> text{};
  const auto size = read(file.get(), text.data(), text.size());
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

std::string draw_nonce() {
  std::string nonce(16, '\0');
  // Early in a boot the kernel has no secrets yet; a nonce need not be one.
  if (getrandom(nonce.data(), nonce.size(), GRND_INSECURE) < 0) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    nonce = std::to_string(now.tv_sec) + "." + std::to_string(now.tv_nsec);
  }
  return nonce;
}

}  // namespace gantry::vm::agent
