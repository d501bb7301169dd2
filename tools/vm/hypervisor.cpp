#include "vm/hypervisor.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/libvirt.hpp"
#include "vm/libvirt_uri.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using nlohmann::json;

namespace {

base::Error libvirt_error(std::string_view action) {
  const auto* const last = libvirt().get_last_error();
  const std::string why = last != nullptr && last->message != nullptr ? last->message : "no reason";
  return {fmt::format("libvirt cannot {}: {}", action, why), "", ""};
}

void say_nothing(void* /*data*/, virErrorPtr /*error*/) {}

/// The driver in this process works only while somebody runs its loop of events.
Result<void> run_events() {
  GANTRY_CHECK(load_libvirt());
  static std::once_flag once;
  static bool running = false;
  std::call_once(once, [] {
    // Errors are returned; a user who asks libvirt for a log gets it.
    libvirt().set_error_func(nullptr, say_nothing);
    setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", 0);
    if (libvirt().initialize() != 0 || libvirt().event_register_default_impl() != 0) {
      return;
    }
    running = true;
    std::thread([] {
      for (;;) {
        libvirt().event_run_default_impl();
      }
    }).detach();
  });
  return running ? Result<void>() : libvirt_error("start");
}

/// The driver's configuration: guests run as we do, and files stay whose they are.
std::string configuration(const fs::path& memory) {
  return fmt::format(
      "user = \"+{}\"\ngroup = \"+{}\"\ndynamic_ownership = 0\nremember_owner = 0\n"
      "stdio_handler = \"file\"\nnamespaces = []\nmemory_backing_dir = \"{}\"\n",
      getuid(), getgid(), memory.native());
}

void release_domain(virDomainPtr domain) {
  libvirt().domain_free(domain);
}

/// When this is over, nobody sees it at the daemon any more. It may have ended long ago.
void end_domain(virDomainPtr domain) {
  libvirt().domain_destroy(domain);
  libvirt().domain_free(domain);
}

class DomainMonitor : public Monitor {
 public:
  explicit DomainMonitor(std::shared_ptr<_virDomain> domain) : domain_(std::move(domain)) {}

  Result<json> execute(std::string_view command, std::string_view arguments) override {
    char* answer = nullptr;
    const auto line = text(command, arguments);
    const int failure =
        libvirt().domain_qemu_monitor_command(domain_.get(), line.c_str(), &answer, 0);
    return parse(command, failure, answer);
  }

  Result<json> execute_with(int fd, std::string_view command, std::string_view arguments) override {
    char* answer = nullptr;
    const auto line = text(command, arguments);
    const int failure = libvirt().domain_qemu_monitor_command_with_files(
        domain_.get(), line.c_str(), 1, &fd, nullptr, nullptr, &answer, 0);
    return parse(command, failure, answer);
  }

 private:
  static std::string text(std::string_view command, std::string_view arguments) {
    return arguments.empty()
               ? fmt::format("{{\"execute\":\"{}\"}}", command)
               : fmt::format("{{\"execute\":\"{}\",\"arguments\":{}}}", command, arguments);
  }

  static Result<json> parse(std::string_view command, int failure, char* answer) {
    if (failure != 0) {
      return libvirt_error(fmt::format("pass on {} to QEMU", command));
    }
    const std::unique_ptr<char, decltype(&free)> owned(answer, free);
    auto message = json::parse(answer, nullptr, false);
    if (!message.is_object()) {
      return base::Error{"the monitor of QEMU said what is no JSON object", "", ""};
    }
    if (const auto value = message.find("return"); value != message.end()) {
      return json(*value);
    }
    const auto error = message.find("error");
    return base::Error{fmt::format("QEMU refuses {}: {}", command,
                                   error == message.end() ? message.dump() : error->dump()),
                       "", ""};
  }

  std::shared_ptr<_virDomain> domain_;
};

/// Nothing: no process of this machine is that guest's.
std::optional<int> process_with_uuid(std::string_view uuid) {
  std::error_code failure;
  for (auto it = fs::directory_iterator("/proc", failure);
       !failure && it != fs::directory_iterator(); it.increment(failure)) {
    const auto number = base::parse_unsigned(it->path().filename().native());
    const auto words = number ? base::read_file(it->path() / "cmdline") : Result<std::string>("");
    if (words && words->find(fmt::format("-uuid{}{}{}", '\0', uuid, '\0')) != std::string::npos) {
      return static_cast<int>(*number);
    }
  }
  return std::nullopt;
}

}  // namespace

Result<int> Domain::pid() const {
  std::array<char, VIR_UUID_STRING_BUFLEN> id{};
  if (libvirt().domain_get_uuid_string(handle_.get(), id.data()) != 0) {
    return libvirt_error("name the domain");
  }
  if (const auto pid = process_with_uuid(id.data())) {
    return *pid;
  }
  return base::Error{"libvirt has started the guest, and no process here is its QEMU", "",
                     "the daemon runs in a container, or on another machine: connect to one here"};
}

std::unique_ptr<Monitor> Domain::monitor() const {
  return std::make_unique<DomainMonitor>(handle_);
}

Result<Hypervisor> Hypervisor::open(const fs::path& root, const fs::path& memory,
                                    const fs::path& capability_cache) {
  GANTRY_CHECK(run_events());
  GANTRY_CHECK(base::make_directories(root / "etc"));
  GANTRY_CHECK(base::make_directories(memory));
  GANTRY_CHECK(base::make_directories(capability_cache));
  GANTRY_CHECK(base::write_file(root / "etc" / "qemu.conf", configuration(memory)));
  // It asks each QEMU of the machine what it can do, for seconds: once for a user.
  if (symlink(capability_cache.c_str(), (root / "cache").c_str()) != 0 && errno != EEXIST) {
    return base::errno_error("link", root / "cache");
  }
  const auto uri = fmt::format("qemu:///embed?root={}", root.native());
  auto* const handle = libvirt().connect_open(uri.c_str());
  if (handle == nullptr) {
    return libvirt_error("open " + uri);
  }
  return Hypervisor(std::shared_ptr<_virConnect>(handle, libvirt().connect_close));
}

Result<Hypervisor> Hypervisor::connect(const std::string& uri) {
  GANTRY_TRY(const auto daemon, libvirt_daemon_at(uri));
  if (daemon == LibvirtDaemon::kSystem && geteuid() != 0) {
    return base::Error{"its guests run as a user of its own, who may not open our files", uri,
                       "connect to qemu:///session, or be root"};
  }
  GANTRY_CHECK(run_events());
  auto* const handle = libvirt().connect_open(uri.c_str());
  if (handle == nullptr) {
    auto error = libvirt_error("open " + uri);
    error.hint = "is its daemon installed, and does it run? virsh -c " + uri + " list";
    return error;
  }
  Hypervisor hypervisor(std::shared_ptr<_virConnect>(handle, libvirt().connect_close));
  hypervisor.is_daemon_ = true;
  if (daemon == LibvirtDaemon::kSystem) {
    hypervisor.user_ = fmt::format("+{}:+{}", geteuid(), getegid());
  }
  return hypervisor;
}

/// libvirt asks a QEMU that it does not know in processes that it detaches and then waits for: that
/// ends only when somebody buries them, which is not us before this is done.
Result<void> Hypervisor::prepare(const Platform& platform, const std::string& architecture) const {
  char* const known = libvirt().connect_get_domain_capabilities(
      handle_.get(), platform.qemu.c_str(), architecture.c_str(), platform.machine.c_str(),
      platform.accelerator == "kvm" ? "kvm" : "qemu", 0);
  if (known == nullptr) {
    return libvirt_error("find out what this QEMU can do");
  }
  free(known);
  adopt_orphans();
  return {};
}

Result<Domain> Hypervisor::start(const std::string& xml, bool paused) const {
  // Nobody else would end it if we were killed.
  const unsigned ended_with_us = VIR_DOMAIN_START_AUTODESTROY;
  const unsigned standing_still = VIR_DOMAIN_START_PAUSED;
  const unsigned flags = (is_daemon_ ? ended_with_us : 0) | (paused ? standing_still : 0);
  auto* const domain = libvirt().domain_create_xml(handle_.get(), xml.c_str(), flags);
  if (domain == nullptr) {
    return libvirt_error("start the guest");
  }
  return Domain(std::shared_ptr<_virDomain>(domain, is_daemon_ ? end_domain : release_domain));
}

}  // namespace gantry::vm
