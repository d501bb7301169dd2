#include "vm/agent/identity.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <linux/random.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/agent/failure.hpp"
#include "vm/agent/fd.hpp"
#include "vm/agent/file_transfer.hpp"

namespace gantry::vm::agent {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr useconds_t kLeasePause = 5000;  // microseconds
constexpr int kLeaseChecks = 3000;

bool is_file(const char* path) {
  struct stat status {};
  return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

std::optional<Failure> set_clock(std::uint64_t nanoseconds) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(nanoseconds / kSecond);
  time.tv_nsec = static_cast<long>(nanoseconds % kSecond);
  if (clock_settime(CLOCK_REALTIME, &time) != 0) {
    return failure_of("set the clock");
  }
  return std::nullopt;
}

/// Clones of a checkpoint would draw the same keys.
std::optional<Failure> reseed(const std::string& seed) {
  const Fd random(open("/dev/random", O_RDWR | O_CLOEXEC));
  if (!random) {
    return failure_of("open /dev/random");
  }
  const auto words = (seed.size() + 3) / 4;
  std::vector<__u32> storage(2 + words);
  auto* const entropy = reinterpret_cast<rand_pool_info*>(storage.data());
  entropy->entropy_count = static_cast<int>(seed.size() * 8);
  entropy->buf_size = static_cast<int>(seed.size());
  std::memcpy(storage.data() + 2, seed.data(), seed.size());
  // Since Linux 5.18 an addition alone is not used before the next reseeding, minutes later.
  if (ioctl(random.get(), RNDADDENTROPY, entropy) != 0 || ioctl(random.get(), RNDRESEEDCRNG) != 0) {
    return failure_of("seed the random number generator");
  }
  return std::nullopt;
}

std::optional<Failure> set_host_name(const std::string& name) {
  if (sethostname(name.data(), name.size()) != 0) {
    return failure_of("set the host name");
  }
  return is_file("/etc/hostname") ? replace_file("/etc/hostname", name + "\n") : std::nullopt;
}

std::optional<Failure> set_machine_id(const std::string& id) {
  if (id.size() != 32 || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Failure{"'" + id + "' is no machine ID: 32 hexadecimal digits are", EINVAL};
  }
  if (auto failure = replace_file("/etc/machine-id", id + "\n")) {
    return failure;
  }
  constexpr const char* kOfDbus = "/var/lib/dbus/machine-id";
  return is_file(kOfDbus) ? replace_file(kOfDbus, id + "\n") : std::nullopt;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

bool is_virtio(const std::string& interface) {
  std::string driver(256, '\0');
  const auto length = readlink(("/sys/class/net/" + interface + "/device/driver").c_str(),
                               driver.data(), driver.size());
  return length > 0 && driver.substr(0, static_cast<std::size_t>(length)).ends_with("/virtio_net");
}

/// In the order in which the kernel found them.
std::vector<std::string> virtio_interfaces() {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDirectory> all(opendir("/sys/class/net"));
  while (const auto* entry = all ? readdir(all.get()) : nullptr) {
    if (entry->d_name[0] != '.' && is_virtio(entry->d_name)) {
      names.emplace_back(entry->d_name);
    }
  }
  std::sort(names.begin(), names.end(), [](const std::string& left, const std::string& right) {
    return if_nametoindex(left.c_str()) < if_nametoindex(right.c_str());
  });
  return names;
}

/// systemd-networkd's lease of an address for the interface, which is a new file with each lease.
std::optional<std::pair<ino_t, long>> lease_of(const std::string& interface) {
  const auto path =
      "/run/systemd/netif/leases/" + std::to_string(if_nametoindex(interface.c_str()));
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return std::pair(status.st_ino, status.st_mtim.tv_nsec);
}

/// It asks for another lease as soon as it sees the new address, and has no network meanwhile.
std::optional<Failure> wait_for_lease(const std::string& interface,
                                      const std::pair<ino_t, long>& before) {
  for (int i = 0; i < kLeaseChecks; ++i) {
    const auto now = lease_of(interface);
    if (now && *now != before) {
      return std::nullopt;
    }
    usleep(kLeasePause);
  }
  return Failure{"wait for the network of " + interface + " after a change of its MAC address",
                 ETIMEDOUT};
}

/// Lets the kernel tell others (gratuitous ARP) of a change of an interface's MAC address: QEMU's
/// network would send to the one before, from which it has heard, and try again after six seconds.
class Announcement {
 public:
  explicit Announcement(const std::string& interface)
      : setting_(open(("/proc/sys/net/ipv4/conf/" + interface + "/arp_notify").c_str(),
                      O_RDWR | O_CLOEXEC)) {
    if (!setting_ || pread(setting_.get(), &before_, 1, 0) != 1 ||
        pwrite(setting_.get(), "1", 1, 0) != 1) {
      setting_ = Fd();  // no IPv4
    }
  }
  ~Announcement() {
    if (setting_) {
      static_cast<void>(!pwrite(setting_.get(), &before_, 1, 0));
    }
  }
  Announcement(const Announcement&) = delete;
  Announcement& operator=(const Announcement&) = delete;

 private:
  Fd setting_;
  char before_ = '0';
};

std::optional<Failure> set_mac_address(const std::string& interface,
                                       const std::array<std::uint8_t, 6>& address) {
  const auto lease = lease_of(interface);
  const Announcement announcement(interface);
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  std::memcpy(request.ifr_hwaddr.sa_data, address.data(), address.size());
  if (ioctl(socket.get(), SIOCSIFHWADDR, &request) != 0) {
    return failure_of("set the MAC address of " + interface);
  }
  return lease ? wait_for_lease(interface, *lease) : std::nullopt;
}

}  // namespace

std::vector<Failure> assume(const Identity& identity) {
  std::vector<Failure> failures;
  const auto note = [&](std::optional<Failure> failure) {
    if (failure) {
      failures.push_back(*std::move(failure));
    }
  };
  if (identity.clock) {
    note(set_clock(*identity.clock));
  }
  if (!identity.seed.empty()) {
    note(reseed(identity.seed));
  }
  if (!identity.host_name.empty()) {
    note(set_host_name(identity.host_name));
  }
  if (!identity.machine_id.empty()) {
    note(set_machine_id(identity.machine_id));
  }
  const auto& addresses = identity.mac_addresses;
  const auto interfaces = addresses.empty() ? std::vector<std::string>() : virtio_interfaces();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    note(i < interfaces.size()
             ? set_mac_address(interfaces[i], addresses[i])
             : Failure{"there is no virtio network interface number " + std::to_string(i), ENODEV});
  }
  return failures;
}

}  // namespace gantry::vm::agent
