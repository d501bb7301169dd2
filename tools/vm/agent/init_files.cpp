#include "vm/agent/init_files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "vm/agent/fd.hpp"

namespace gantry::vm::init {

void complain(const std::string& action, int code) {
  std::fprintf(stderr, "gantry-guest-init: cannot %s: %s\n", action.c_str(), std::strerror(code));
}

std::optional<std::string> read_file(const std::string& path) {
  const agent::Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return std::nullopt;
  }
  std::string text;
  std::array<char, 16384> piece;
  for (;;) {
    const auto count = read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return std::nullopt;
    }
    if (count == 0) {
      return text;
    }
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
}

void write_file(const std::string& path, std::string_view content, unsigned mode) {
  const agent::Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  while (file && !content.empty()) {
    const auto count = write(file.get(), content.data(), content.size());
    if (count < 0 && errno != EINTR) {
      complain("write " + path, errno);
      return;
    }
    content.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  if (!file) {
    complain("write " + path, errno);
  }
}

bool has_content(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

}  // namespace gantry::vm::init
