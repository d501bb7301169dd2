#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/deadline.hpp"
#include "vm/pattern.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// The serial console of a guest: what it says is kept in a file, and waited for.
class Console {
 public:
  /// Who appends what the guest says to the log.
  enum class Logger { kThis, kProcess };

  /// A connected socket, at whose other end is process, which must outlive this.
  static base::Result<Console> open(base::Fd socket, Process& process, std::filesystem::path log,
                                    Logger logger = Logger::kThis);

  /// Waits until the guest has said text that pattern matches, and takes all up to its end away:
  /// the next wait sees what comes after it. Returns the match.
  base::Result<std::string> expect(const Pattern& pattern, Deadline deadline);

  /// As expect, for text as it stands.
  base::Result<void> expect_text(std::string_view text, Deadline deadline);

  /// Types text, as it stands: a line wants its "\n".
  base::Result<void> send(std::string_view text, Deadline deadline);

  /// What the guest has said since the last match; at most the newest 256 KiB of it,
  /// with lines that end in "\n" alone.
  const std::string& unread() const { return unread_; }

  /// Takes what has arrived, without waiting for more. False at its end.
  base::Result<bool> drain();

  int fd() const { return socket_.get(); }
  const std::filesystem::path& log() const { return log_path_; }

 private:
  Console(base::Fd socket, Process& process, base::Fd log, std::filesystem::path log_path)
      : socket_(std::move(socket)),
        process_(&process),
        log_(std::move(log)),
        log_path_(std::move(log_path)) {}
  base::Result<bool> receive();
  base::Error missing(const base::Error& why) const;

  base::Fd socket_;
  Process* process_;
  base::Fd log_;
  std::filesystem::path log_path_;
  std::string unread_;
};

}  // namespace gantry::vm
