#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

/// measure RESULTS COMMAND...: runs the command with its output thrown away, appends a line with
/// wall seconds, CPU seconds and the largest resident size (kB) of it and all that it waited for,
/// and exits as it did.
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: measure RESULTS COMMAND...\n");
    return 2;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (const int failure = posix_spawnp(&child, argv[2], &actions, nullptr, argv + 2, environ);
      failure != 0) {
    fmt::print(stderr, "measure: cannot run {}: {}\n", argv[2], std::strerror(failure));
    return 127;
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  auto* const results = std::fopen(argv[1], "a");
  if (results == nullptr) {
    fmt::print(stderr, "measure: cannot write {}: {}\n", argv[1], std::strerror(errno));
    return 1;
  }
  fmt::print(results, "{:.4f} {:.4f} {}\n", wall.count(),
             seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  std::fclose(results);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
