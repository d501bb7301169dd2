#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "base/file.hpp"
#include "registry/credentials.hpp"

namespace gantry::registry {

/// A variable of the environment for the life of a test; nothing: unset.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* const before = std::getenv(name)) {
      before_ = before;
    }
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) const {
    if (value) {
      setenv(name_, value->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> before_;
};

/// A directory with credential files and helper programs, which are first on PATH.
class CredentialHome {
 public:
  const std::filesystem::path& path() const { return directory_->path(); }

  CredentialFile docker(const std::string& text = "") const {
    return file("config.json", text, CredentialFile::Style::kDocker);
  }
  CredentialFile containers(const std::string& text = "") const {
    return file("auth.json", text, CredentialFile::Style::kContainers);
  }

  void add_helper(const std::string& name, const std::string& script) const {
    const auto program = path() / ("docker-credential-" + name);
    const auto text =
        "#!/bin/sh\ncd '" + path().native() + "' || exit 1\necho \"$*\" >>calls\n" + script;
    static_cast<void>(*base::write_file_if_changed(program, text));
    chmod(program.c_str(), 0755);
  }

  /// One that keeps what it is given, a file per server, and speaks as docker-credential-pass does.
  void add_keeping_helper(const std::string& name) const {
    add_helper(name, R"sh(
mkdir -p kept
name() { printf %s "$1" | sed 's|/|%|g'; }
case $1 in
  store)
    input=$(cat)
    server=$(printf %s "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
    printf %s "$input" >"kept/$(name "$server")" ;;
  get)
    server=$(cat)
    cat "kept/$(name "$server")" 2>/dev/null || {
      echo 'credentials not found in native keychain'
      exit 1
    } ;;
  erase)
    server=$(cat)
    rm "kept/$(name "$server")" ;;
  list)
    separator=
    printf '{'
    for file in kept/*; do
      [ -e "$file" ] || continue
      printf '%s"%s":"user"' "$separator" "$(basename "$file" | sed 's|%|/|g')"
      separator=,
    done
    printf '}' ;;
esac
)sh");
  }

  /// The verbs that helpers were called with, one a line.
  std::string calls() const {
    const auto text = base::read_file(path() / "calls");
    return text ? *text : "";
  }

  /// What CredentialStore has to say goes to warnings.
  CredentialStore store(std::vector<CredentialFile> files) {
    CredentialStore::Options options;
    options.preferred = files.size() - 1;
    options.files = std::move(files);
    options.helper_timeout = std::chrono::seconds(20);
    options.warn = [this](const base::Error& warning) { warnings.push_back(warning.what); };
    return CredentialStore(std::move(options));
  }

  std::vector<std::string> warnings;

 private:
  CredentialFile file(const char* name, const std::string& text,
                      CredentialFile::Style style) const {
    if (!text.empty()) {
      static_cast<void>(*base::write_file_if_changed(path() / name, text));
    }
    return {path() / name, style};
  }

  base::Result<base::TempDir> directory_ = base::TempDir::create();
  Variable search_{"PATH", directory_->path().native() + ":" + std::getenv("PATH")};
};

}  // namespace gantry::registry
