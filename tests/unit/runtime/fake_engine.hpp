#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.hpp"

namespace gantry::runtime {

/// Shell scripts in the engines' places on PATH, which note how they are called. The real ones are
/// met in tests/integration.
class FakeEngines {
 public:
  FakeEngines() : old_path_(std::getenv("PATH")) {
    setenv("PATH", (directory_->path().native() + ":" + old_path_).c_str(), 1);
  }
  FakeEngines(const FakeEngines&) = delete;
  FakeEngines& operator=(const FakeEngines&) = delete;
  ~FakeEngines() { setenv("PATH", old_path_.c_str(), 1); }

  /// body: the branches of a case statement on the first argument.
  void add(const std::string& name, const std::string& body) {
    const auto path = directory_->path() / name;
    const auto script = "#!/bin/sh\necho \"$0 $*\" | sed 's|.*/" + name + " |" + name + " |' >>'" +
                        log().native() + "'\ncase $1 in\n" + body + "\nesac\n";
    static_cast<void>(*base::write_file_if_changed(path, script));
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  }

  /// What they were asked, one call a line.
  std::string calls() const { return *base::read_file(log()); }

 private:
  std::filesystem::path log() const { return directory_->path() / "log"; }

  base::Result<base::TempDir> directory_ = base::TempDir::create();
  std::string old_path_;
};

}  // namespace gantry::runtime
