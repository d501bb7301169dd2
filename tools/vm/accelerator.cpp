#include "vm/accelerator.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/user_cache_place.hpp"
#include "content/digest.hpp"
#include "vm/accelerator_report.hpp"
#include "vm/accelerator_trial.hpp"
#include "vm/probe_kernel.hpp"
#include "vm/qemu_program.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Error;
using base::Result;
using Verdict = Trial::Verdict;

namespace {

/// What a guest of an architecture is made of. The CPUs have what guests of today want (x86-64-v2).
struct Architecture {
  std::string_view name;
  std::string_view machine_alias;
  std::string_view package;  ///< of Debian, that has its QEMU
  std::string_view tcg_cpu;  ///< that TCG has in full
  std::string_view kvm_cpu;  ///< that every server of the last ten years can show under KVM; empty:
                             ///< KVM shows the host's, which has no name
};

/// Of AMD's: a Linux takes those of Intel of that age to leak memory (Meltdown), and changes
/// between two page tables with each system call. TCG forgets all it knows of both each time:
/// system calls took ten times as long, and a boot a third longer.
constexpr std::string_view kTcgCpu =
    "Opteron_G3,misalignsse=off,monitor=off,ssse3=on,sse4.1=on,sse4.2=on";

constexpr std::array<Architecture, 2> kArchitectures = {
    {{"x86_64", "q35", "qemu-system-x86", kTcgCpu, "Nehalem"},
     {"aarch64", "virt", "qemu-system-arm", "cortex-a72", ""}}};

/// The loop of the probe kernel on the reference machine, one core of an AMD EPYC server under TCG.
constexpr std::chrono::microseconds kReferenceLoop{40'000};
constexpr double kMostFactor = 20;

Result<Architecture> architecture_named(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& known : kArchitectures) {
    if (known.name == name) {
      return known;
    }
    names.emplace_back(known.name);
  }
  return Error{
      fmt::format("'{}' is not an architecture that guests can have", base::printable(name)), "",
      fmt::format("known are {}", base::join(names, " and "))};
}

/// What of the machine decides the answer, besides QEMU.
struct Host {
  std::string kernel;
  std::string architecture;
  std::string boot;
  std::string cpu_vendor;
  int kvm = 0;  ///< errno of opening it
};

Result<Host> this_host(const fs::path& kvm) {
  utsname names{};
  if (uname(&names) != 0) {
    return base::errno_error("ask for", "the release of the kernel");
  }
  Host host{names.release, names.machine, {}, {}, 0};
  // Some sandboxes have no boot id: nothing is kept there.
  if (const auto boot = base::read_file("/proc/sys/kernel/random/boot_id")) {
    host.boot = base::trim(*boot);
  }
  if (const auto processors = base::read_file("/proc/cpuinfo")) {
    for (const auto line : base::split(*processors, '\n')) {
      if (line.starts_with("vendor_id")) {
        host.cpu_vendor = base::trim(line.substr(std::min(line.find(':'), line.size() - 1) + 1));
        break;
      }
    }
  }
  const base::Fd device(open(kvm.c_str(), O_RDWR | O_CLOEXEC));
  host.kvm = device ? 0 : errno;
  return host;
}

/// Why KVM need not be tried; nothing if it may work.
std::optional<Trial> kvm_refusal(const Architecture& guest, const Host& host,
                                 const fs::path& device) {
  const auto unusable = [](std::string reason, std::string hint) {
    return Trial{"kvm", Verdict::kUnusable, std::move(reason), std::move(hint), {}};
  };
  if (host.architecture != guest.name) {
    return unusable(
        fmt::format("KVM runs guests of this machine's architecture alone, {}", host.architecture),
        "");
  }
  if (guest.kvm_cpu.empty()) {
    return Trial{"kvm",
                 Verdict::kNotProbed,
                 "KVM shows these guests the host's own CPU, which is no model that has a name",
                 "",
                 {}};
  }
  if (host.kvm == ENOENT) {
    return unusable(fmt::format("there is no {}", device.native()),
                    "load the module kvm_intel or kvm_amd, and switch virtualisation on in the "
                    "firmware; a container needs --device /dev/kvm");
  }
  if (host.kvm == EACCES || host.kvm == EPERM) {
    return unusable(
        fmt::format("{} may not be opened: {}", device.native(), std::strerror(host.kvm)),
        "become a member of its group, kvm: sudo usermod -aG kvm \"$USER\", then log "
        "in again");
  }
  if (host.kvm != 0) {
    return unusable(
        fmt::format("{} cannot be opened: {}", device.native(), std::strerror(host.kvm)), "");
  }
  return std::nullopt;
}

std::span<const std::byte> kernel_of(const ProbeOptions& options) {
  return options.kernel ? *options.kernel : probe_kernel(options.architecture);
}

/// The lines under which an answer is kept.
Result<std::string> cache_key(const ProbeOptions& options, const Architecture& architecture,
                              const Host& host, const fs::path& qemu) {
  struct stat status {};
  if (stat(qemu.c_str(), &status) != 0) {
    return base::errno_error("look at", qemu);
  }
  content::Sha256 kernel;
  kernel.update(kernel_of(options));
  return fmt::format(
      "format 1\nkernel {}\nboot {}\nkvm {} {}\nqemu {} {} {}.{:09}\narchitecture {}\nguest {}\n"
      "cpu {} {}\nlimit {}\n",
      host.kernel, host.boot, options.kvm.native(), host.kvm, qemu.native(), status.st_size,
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, architecture.name, kernel.finish().hex(),
      architecture.kvm_cpu, architecture.tcg_cpu, options.limit.count());
}

fs::path cache_file(const fs::path& cache, std::string_view architecture) {
  return cache / "vm" / fmt::format("accelerator-{}", architecture);
}

/// What is kept under this key. A damaged file is none.
std::optional<AcceleratorReport> kept_report(const fs::path& file, std::string_view key) {
  constexpr std::uint64_t kMost = 256 << 10;
  const auto text = base::read_file(file, kMost);
  if (!text || !text->starts_with(key)) {
    return std::nullopt;
  }
  auto report = parse_report(std::string_view(*text).substr(key.size()));
  if (!report || report->chosen() == nullptr) {
    return std::nullopt;
  }
  report->cached = true;
  return report;
}

Result<AcceleratorReport> probe(const ProbeOptions& options, const Architecture& architecture,
                                const Host& host, const std::string& qemu) {
  const auto deadline = after(options.limit + options.patience);
  AcceleratorReport report;
  report.architecture = architecture.name;
  report.qemu = qemu;
  GANTRY_TRY(report.qemu_version, version_of(qemu, deadline));
  GANTRY_TRY(report.machine, newest_machine(qemu, architecture.machine_alias, deadline));
  report.cpu_vendor = host.cpu_vendor;
  std::vector<Accelerator> tried;
  if (auto refusal = kvm_refusal(architecture, host, options.kvm)) {
    refusal->cpu = architecture.kvm_cpu.empty() ? architecture.tcg_cpu : architecture.kvm_cpu;
    report.trials.push_back(*std::move(refusal));
  } else {
    tried.push_back({"kvm", std::string(architecture.kvm_cpu)});
  }
  tried.push_back({"tcg", std::string(architecture.tcg_cpu)});
  if (kernel_of(options).empty()) {
    report.not_kept = "it was not probed";
    for (const auto& [accelerator, cpu] : tried) {
      report.trials.push_back(
          {accelerator,
           Verdict::kNotProbed,
           fmt::format("this program was built where no compiler for {} was installed",
                       architecture.name),
           "",
           {},
           cpu});
    }
    return report;
  }
  GANTRY_TRY(auto outcome, run_trials({report.architecture, kernel_of(options), qemu,
                                       report.machine, options.limit, options.patience},
                                      tried));
  std::move(outcome.trials.begin(), outcome.trials.end(), std::back_inserter(report.trials));
  if (report.chosen() == nullptr) {
    report.not_kept = "nothing was found usable";
  } else if (!outcome.in_time) {
    report.not_kept = "the machine is busy, and may do better later";
  }
  return report;
}

/// One of many processes probes, the others wait for what it finds.
Result<AcceleratorReport> probe_cached(const ProbeOptions& options,
                                       const Architecture& architecture, const Host& host,
                                       const std::string& qemu) {
  const auto file = cache_file(*options.cache, options.architecture);
  GANTRY_TRY(const auto key, cache_key(options, architecture, host, qemu));
  if (auto report = kept_report(file, key)) {
    return *std::move(report);
  }
  std::optional<base::FileLock> turn;
  auto ready = base::make_user_cache(*options.cache);
  if (ready) {
    ready = base::make_directories(file.parent_path());
  }
  if (ready) {
    if (auto lock = base::FileLock::of_directory(file.parent_path())) {
      turn.emplace(*std::move(lock));
    }
    if (auto report = kept_report(file, key)) {
      return *std::move(report);
    }
  }
  GANTRY_TRY(auto report, probe(options, architecture, host, qemu));
  if (ready && report.not_kept.empty()) {
    ready = base::write_file(file, key + report_json(report));
  }
  if (!ready && report.not_kept.empty()) {
    report.not_kept = ready.error().what;
  }
  return report;
}

}  // namespace

const Trial* AcceleratorReport::chosen() const {
  const auto found = std::find_if(trials.begin(), trials.end(), [](const Trial& trial) {
    return trial.verdict == Verdict::kUsable;
  });
  return found == trials.end() ? nullptr : &*found;
}

Result<AcceleratorReport> probe_accelerators(const ProbeOptions& options) {
  GANTRY_TRY(const auto architecture, architecture_named(options.architecture));
  GANTRY_TRY(const auto qemu,
             find_qemu(options.qemu.empty() ? fmt::format("qemu-system-{}", architecture.name)
                                            : options.qemu,
                       architecture.package));
  GANTRY_TRY(const auto host, this_host(options.kvm));
  if (options.cache && !host.boot.empty()) {
    return probe_cached(options, architecture, host, qemu.native());
  }
  GANTRY_TRY(auto report, probe(options, architecture, host, qemu.native()));
  report.not_kept = options.cache ? "this machine has no boot id" : "there is no cache";
  return report;
}

Result<Platform> platform_of(const AcceleratorReport& report, std::string_view wanted) {
  const auto found =
      std::find_if(report.trials.begin(), report.trials.end(),
                   [wanted](const auto& trial) { return trial.accelerator == wanted; });
  const Trial* const trial = wanted.empty()                 ? report.chosen()
                             : found == report.trials.end() ? nullptr
                                                            : &*found;
  if (trial == nullptr && !wanted.empty()) {
    return Error{fmt::format("'{}' is not an accelerator", base::printable(wanted)), "",
                 "known are kvm and tcg"};
  }
  if (trial == nullptr) {
    std::vector<std::string> reasons;
    std::string hint;
    for (const auto& each : report.trials) {
      reasons.push_back(fmt::format("{}: {}", each.accelerator, each.reason));
      hint = each.verdict == Verdict::kNotProbed
                 ? fmt::format("name the one to use all the same, for example {}", each.accelerator)
                 : hint;
    }
    return Error{fmt::format("no accelerator is known to run {} guests here: {}",
                             report.architecture, base::join(reasons, "; ")),
                 "", hint};
  }
  if (trial->verdict == Verdict::kUnusable) {
    return Error{fmt::format("{} does not run {} guests here: {}", trial->accelerator,
                             report.architecture, trial->reason),
                 "", trial->hint};
  }
  return Platform{
      trial->accelerator,  report.machine,
      trial->cpu,          report.qemu,
      report.qemu_version, trial->accelerator == "kvm" ? report.cpu_vendor : std::string()};
}

double timeout_factor(const AcceleratorReport& report, std::string_view accelerator) {
  for (const auto& trial : report.trials) {
    if (trial.accelerator == accelerator && trial.verdict == Verdict::kUsable) {
      return std::clamp(
          static_cast<double>(trial.loop.count()) / static_cast<double>(kReferenceLoop.count()),
          1.0, kMostFactor);
    }
  }
  return 1;
}

}  // namespace gantry::vm
