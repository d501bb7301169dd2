#include "vm/instance.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <tuple>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/process.hpp"
#include "vm/run_directory.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr const char* kNote = "machine";
constexpr const char* kFormat = "gantry-machine 1";
constexpr std::chrono::seconds kEndTime{10};

Result<void> set_number(std::string_view value, pid_t& number) {
  const auto parsed = base::parse_unsigned(value);
  if (!parsed || *parsed == 0 || *parsed > std::uint64_t{1} << 30) {
    return wrong_value(value, "a process");
  }
  number = static_cast<pid_t>(*parsed);
  return {};
}

Result<void> add_port(std::string_view value, std::vector<PortForward>& ports) {
  const auto colon = value.find(':');
  const auto host = base::parse_unsigned(value.substr(0, colon));
  const auto guest = colon == std::string_view::npos
                         ? std::nullopt
                         : base::parse_unsigned(value.substr(colon + 1));
  if (!host || !guest || *host > 65535 || *guest > 65535) {
    return wrong_value(value, "HOST:GUEST");
  }
  ports.push_back({static_cast<std::uint16_t>(*guest), static_cast<std::uint16_t>(*host)});
  return {};
}

Result<Instance> read_note(const fs::path& directory) {
  GANTRY_TRY(const auto text, base::read_file(directory / kNote, 65536));
  Instance instance;
  instance.directory = directory;
  const auto into = [](auto& member) {
    return [&member](std::string_view value) -> Result<void> {
      member = value;
      return {};
    };
  };
  const SpecKeys keys{
      {"name", into(instance.name)},
      {"checkpoint", into(instance.checkpoint)},
      {"purpose", into(instance.purpose)},
      {"owner", [&](std::string_view value) { return set_number(value, instance.owner); }},
      {"qemu", [&](std::string_view value) { return set_number(value, instance.qemu); }},
      {"port", [&](std::string_view value) { return add_port(value, instance.ports); }},
  };
  GANTRY_CHECK(read_spec(text, kFormat, keys, (directory / kNote).native()));
  return instance;
}

/// Whether somebody, who runs then, holds the lock of the directory.
bool is_owned(const fs::path& directory) {
  const base::Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return fd && flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string id_of(const Instance& instance) {
  const auto name = instance.directory.filename().native();
  return name.substr(name.rfind('-') + 1);
}

}  // namespace

Result<void> announce(const Instance& instance) {
  auto text = fmt::format("{}\nname {}\ncheckpoint {}\npurpose {}\nowner {}\nqemu {}\n", kFormat,
                          instance.name, instance.checkpoint, instance.purpose, instance.owner,
                          instance.qemu);
  for (const auto& port : instance.ports) {
    text += fmt::format("port {}:{}\n", port.host, port.guest);
  }
  return base::write_file(instance.directory / kNote, text);
}

Result<std::vector<Instance>> instances() {
  GANTRY_TRY(const auto root, run_root());
  std::vector<Instance> found;
  std::error_code failure;
  for (auto it = fs::directory_iterator(root, failure); !failure && it != fs::directory_iterator();
       it.increment(failure)) {
    if (!is_owned(it->path())) {
      continue;
    }
    // Without a note it is one that has just begun, or is just gone.
    if (auto instance = read_note(it->path())) {
      found.push_back(*std::move(instance));
    }
  }
  std::sort(found.begin(), found.end(), [](const Instance& a, const Instance& b) {
    return std::tie(a.name, a.directory) < std::tie(b.name, b.directory);
  });
  return found;
}

Result<Instance> instance_named(std::string_view name) {
  GANTRY_TRY(const auto all, instances());
  std::vector<Instance> matches;
  std::vector<std::string> names;
  for (const auto& instance : all) {
    names.push_back(instance.name);
    if (instance.name == name || id_of(instance) == name) {
      matches.push_back(instance);
    }
  }
  if (matches.size() == 1) {
    return matches.front();
  }
  if (matches.empty()) {
    return base::Error{fmt::format("there is no machine called {}", base::printable(name)), "",
                       names.empty() ? "none runs: gantry vm start makes one"
                                     : fmt::format("there is {}", fmt::join(names, ", "))};
  }
  names.clear();
  for (const auto& instance : matches) {
    names.push_back(id_of(instance));
  }
  return base::Error{
      fmt::format("{} machines are called {}", matches.size(), base::printable(name)), "",
      fmt::format("say which by one of {}", fmt::join(names, ", "))};
}

Result<void> stop(const Instance& instance) {
  GANTRY_TRY(auto owner, Process::adopt(instance.owner, {}));
  const auto pid = owner.release();
  // It may have ended, and its number be another's, since the note was read.
  if (!is_owned(instance.directory)) {
    return {};
  }
  if (kill(pid, SIGTERM) != 0 && errno != ESRCH) {
    return base::errno_error("end", fmt::format("process {}", pid));
  }
  if (!owner.wait_for_end(after(kEndTime))) {
    return base::Error{fmt::format("process {}, which runs {}, does not end", pid, instance.name),
                       "", fmt::format("kill -9 {}", pid)};
  }
  return {};
}

std::string describe_ports(const std::vector<PortForward>& ports) {
  std::vector<std::string> words;
  for (const auto& port : ports) {
    words.push_back(fmt::format("{} at 127.0.0.1:{}", port.guest, port.host));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace gantry::vm
