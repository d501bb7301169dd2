#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "vm/accelerator.hpp"

namespace gantry::vm {

/// What a guest of the probe says when all is well, and how QEMU ends then.
inline constexpr const char* kGoodGuest =
    "say begun; for round in 1 2 3 4 5 6 7 8 9 10; do say round; done; say done; exit 33";

/// A program that answers QEMU's questions and does what it is told for each accelerator. Whatever
/// it starts, and itself, is in pids().
class FakeQemu {
 public:
  struct Script {
    std::string kvm = kGoodGuest;
    std::string tcg = kGoodGuest;
    std::string version = "echo 'QEMU emulator version 9.8.7 (Fake 1:9.8)'";
    std::string machines =
        "printf 'none  empty machine\\nq35  Standard PC (Q35) (alias of pc-q35-9.8)\\n'";
  };

  FakeQemu() : directory_(*base::TempDir::create()) {
    // Also for the tests that become somebody else.
    std::filesystem::permissions(directory_.path(), std::filesystem::perms::all);
    std::ofstream(directory_.path() / "kvm");
  }

  void write(const Script& script) const {
    const auto place = directory_.path().native();
    std::ofstream(program()) << "#!/bin/sh\n"
                             << "echo \"$*\" >> " << place << "/starts\n"
                             << "echo $$ >> " << place << "/pids\n"
                             << "say() { echo \"gantry-probe: $1\"; }\n"
                             << "case \"$*\" in\n"
                             << "--version) " << script.version << ";;\n"
                             << "'-machine help') " << script.machines << ";;\n"
                             << "*'-accel kvm '*) " << script.kvm << ";;\n"
                             << "*'-accel tcg '*) " << script.tcg << ";;\n"
                             << "esac\n";
    std::filesystem::permissions(program(), std::filesystem::perms(0755));
  }

  std::filesystem::path program() const { return directory_.path() / "qemu"; }
  const std::filesystem::path& directory() const { return directory_.path(); }

  /// A limit that no sane test comes near, and a file in place of the device.
  ProbeOptions options() const {
    ProbeOptions options;
    options.qemu = program().native();
    options.kvm = directory_.path() / "kvm";
    options.limit = std::chrono::seconds(20);
    options.patience = std::chrono::seconds(0);
    return options;
  }

  std::vector<std::string> starts() const { return lines("starts"); }
  std::vector<std::string> pids() const { return lines("pids"); }

 private:
  std::vector<std::string> lines(const char* name) const {
    std::vector<std::string> found;
    std::ifstream file(directory_.path() / name);
    for (std::string line; std::getline(file, line);) {
      found.push_back(line);
    }
    return found;
  }

  base::TempDir directory_;
};

}  // namespace gantry::vm
