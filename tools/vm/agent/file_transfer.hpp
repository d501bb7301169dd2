#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "vm/agent/fd.hpp"
#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// All of bytes; path is for the Failure.
std::optional<Failure> write_all(int fd, std::string_view bytes, const std::string& path);

/// A file that comes from the host, under a temporary name until it is whole.
class Upload {
 public:
  static std::variant<Upload, Failure> begin(PutFile file);

  Upload(Upload&& other) noexcept = default;
  Upload& operator=(Upload&& other) noexcept;
  ~Upload();

  std::optional<Failure> write(std::string_view bytes);

  /// On disk, and in its place.
  std::optional<Failure> finish();

 private:
  Upload(PutFile file, std::string temporary, Fd fd)
      : file_(std::move(file)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}
  std::optional<Failure> give_to_owner();

  PutFile file_;
  std::string temporary_;
  Fd fd_;
  std::uint64_t size_ = 0;
};

/// A file that goes to the host.
class Download {
 public:
  static std::variant<Download, Failure> begin(std::string path);

  const FileInfo& info() const { return info_; }

  /// What comes next of it; nothing: that was all.
  std::variant<std::size_t, Failure> read(char* to, std::size_t size);

 private:
  Download(std::string path, Fd fd, FileInfo info)
      : path_(std::move(path)), fd_(std::move(fd)), info_(info) {}

  std::string path_;
  Fd fd_;
  FileInfo info_;
};

/// Writes content, which is short, over a file's: where both are in one block, that is as atomic as
/// another file with its name would be, and makes the guest's file system do next to nothing. It is
/// on disk when the guest writes what is dirty, some seconds later.
std::optional<Failure> replace_file(const std::string& path, std::string_view content);

}  // namespace gantry::vm::agent
