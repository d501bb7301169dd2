#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::vm {

/// What a step said, in a file of the stage's recording.
class StepLog {
 public:
  static base::Result<StepLog> create(std::filesystem::path path);

  base::Result<void> add(std::string_view text);
  const std::filesystem::path& path() const { return path_; }

  /// The last that was added, for messages.
  const std::string& end() const { return end_; }

 private:
  StepLog(base::Fd file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  base::Fd file_;
  std::filesystem::path path_;
  std::string end_;
};

}  // namespace gantry::vm
