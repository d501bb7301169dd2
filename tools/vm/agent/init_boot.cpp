#include "vm/agent/init_boot.hpp"

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm/agent/fd.hpp"
#include "vm/agent/init_files.hpp"

namespace gantry::vm::init {

namespace {

constexpr const char* kAddress = "10.0.2.15";
constexpr const char* kMask = "255.255.255.0";
constexpr const char* kGateway = "10.0.2.2";
constexpr const char* kNameServer = "10.0.2.3";
constexpr std::chrono::seconds kDeviceTime{60};
constexpr std::chrono::milliseconds kLook{5};

bool mount_at(const char* type, const char* place, unsigned long flags, const char* options = "") {
  mkdir(place, 0755);
  if (mount(type, place, type, flags, options) == 0 || errno == EBUSY) {
    return true;
  }
  complain(std::string("mount ") + place, errno);
  return false;
}

bool is_empty(const char* directory) {
  DIR* const opened = opendir(directory);
  if (opened == nullptr) {
    return errno == ENOENT;
  }
  int names = 0;
  while (readdir(opened) != nullptr) {
    ++names;
  }
  closedir(opened);
  return names <= 2;
}

/// A network device that is not the loopback one; empty if there is none.
std::string network_device() {
  std::string found;
  DIR* const opened = opendir("/sys/class/net");
  if (opened == nullptr) {
    return found;
  }
  while (const auto* const entry = readdir(opened)) {
    const std::string name = entry->d_name;
    if (name.front() != '.' && name != "lo" && (found.empty() || name < found)) {
      found = name;
    }
  }
  closedir(opened);
  return found;
}

ifreq request_for(const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  return request;
}

void set_address(sockaddr& place, const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, text, &address.sin_addr);
  __builtin_memcpy(&place, &address, sizeof address);
}

void bring_up(int socket, const std::string& device) {
  auto request = request_for(device);
  if (ioctl(socket, SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    if (ioctl(socket, SIOCSIFFLAGS, &request) == 0) {
      return;
    }
  }
  complain("bring up " + device, errno);
}

void give_address(int socket, const std::string& device) {
  auto request = request_for(device);
  set_address(request.ifr_addr, kAddress);
  bool done = ioctl(socket, SIOCSIFADDR, &request) == 0;
  set_address(request.ifr_netmask, kMask);
  done = done && ioctl(socket, SIOCSIFNETMASK, &request) == 0;
  if (!done) {
    complain("give " + device + " an address", errno);
    return;
  }
  bring_up(socket, device);
  rtentry route{};
  set_address(route.rt_dst, "0.0.0.0");
  set_address(route.rt_genmask, "0.0.0.0");
  set_address(route.rt_gateway, kGateway);
  route.rt_flags = RTF_UP | RTF_GATEWAY;
  if (ioctl(socket, SIOCADDRT, &route) != 0 && errno != EEXIST) {
    complain("set the default route", errno);
  }
}

}  // namespace

void mount_kernel_file_systems() {
  mount_at("devtmpfs", "/dev", MS_NOSUID);
  mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

void load_modules(const std::vector<std::string>& files) {
  for (const auto& file : files) {
    const agent::Fd module(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    // ENODEV: a driver of what this processor or machine does not have.
    if (!module || (syscall(SYS_finit_module, module.get(), "", 0) != 0 && errno != EEXIST &&
                    errno != ENODEV)) {
      complain("load " + file, errno);
    }
    unlink(file.c_str());  // it would stay in memory
  }
}

bool enter_root(const Settings& settings) {
  const auto end = std::chrono::steady_clock::now() + kDeviceTime;
  while (access(settings.root.c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kLook);
  }
  mkdir("/root", 0755);
  if (mount(settings.root.c_str(), "/root", "ext4", 0, "") != 0) {
    complain("mount " + settings.root, errno);
    return false;
  }
  for (const char* const place : {"/dev", "/proc", "/sys"}) {
    const auto target = std::string("/root") + place;
    mkdir(target.c_str(), 0755);
    if (mount(place, target.c_str(), nullptr, MS_MOVE, nullptr) != 0) {
      complain("move " + std::string(place), errno);
    }
  }
  if (settings.agent && settings.hand_over.empty()) {
    // It is not in the image, and stays out of it.
    mount_at("tmpfs", "/root/run", MS_NOSUID | MS_NODEV, "mode=755");
    mkdir("/root/run/gantry", 0755);
    if (const auto program = read_file(kAgentFile)) {
      write_file("/root/run/gantry/gantry-guest-agent", *program, 0755);
    }
    unlink(kAgentFile);
  }
  if (chdir("/root") != 0 || mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 || chroot(".") != 0 ||
      chdir("/") != 0) {
    complain("enter the root file system", errno);
    return false;
  }
  return true;
}

void mount_temporary_file_systems() {
  mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
  mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
  struct stat run {};
  struct stat above {};
  if (stat("/run", &run) != 0 || stat("/", &above) != 0 || run.st_dev == above.st_dev) {
    mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
  }
  if (is_empty("/tmp")) {
    mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
  }
}

void configure_network(const std::string& hostname) {
  if (!hostname.empty() && sethostname(hostname.data(), hostname.size()) != 0) {
    complain("set the host name", errno);
  }
  const agent::Fd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  bring_up(control.get(), "lo");
  const auto device = network_device();
  if (!device.empty()) {
    give_address(control.get(), device);
  }
  mkdir("/etc", 0755);
  if (!has_content("/etc/resolv.conf")) {
    write_file("/etc/resolv.conf", std::string("nameserver ") + kNameServer + "\n", 0644);
  }
  if (!has_content("/etc/hosts")) {
    write_file("/etc/hosts",
               "127.0.0.1 localhost\n" + std::string(kAddress) + " " + hostname + "\n", 0644);
  }
}

void power_off() {
  sync();
  // What is still open for writing keeps it from being read-only; it is synced nevertheless.
  mount("", "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
  reboot(RB_POWER_OFF);
  for (;;) {
    pause();
  }
}

}  // namespace gantry::vm::init
