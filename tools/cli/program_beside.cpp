#include "cli/program_beside.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include <unistd.h>

#include "base/file.hpp"

namespace gantry::cli {

std::optional<std::filesystem::path> program_beside(std::string_view word) {
  const bool is_word =
      !word.empty() && word.front() != '-' && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      });
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!is_word || error) {
    return std::nullopt;
  }
  auto program = self.parent_path() / ("gantry-" + std::string(word));
  if (::access(program.c_str(), X_OK) != 0) {
    return std::nullopt;
  }
  return program;
}

base::Error become(const std::filesystem::path& program, char** arguments) {
  const auto name = program.filename().string();
  arguments[0] = const_cast<char*>(name.c_str());
  ::execv(program.c_str(), arguments);
  return base::errno_error("run", program);
}

}  // namespace gantry::cli
