#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::supply {

/// Keys as openssl(1) makes them, in a directory of their own.
class KeyFiles {
 public:
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }

  void openssl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "openssl");
    const auto run = base::run_checked({std::move(arguments)});
    EXPECT_TRUE(run) << run.error().what;
  }

  /// A private key on P-256.
  std::filesystem::path make(const std::string& name) const {
    openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out",
             path(name).native()});
    return path(name);
  }

  /// The public half of a key that was made.
  std::filesystem::path public_half(const std::string& name) const {
    openssl({"pkey", "-in", path(name).native(), "-pubout", "-out", path(name + ".pub").native()});
    return path(name + ".pub");
  }

 private:
  base::TempDir directory_ = *base::TempDir::create();
};

}  // namespace gantry::supply
