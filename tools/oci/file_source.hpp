#pragma once

#include <filesystem>
#include <memory>

#include "base/file.hpp"
#include "oci/byte_source.hpp"

namespace gantry::oci {

/// The bytes of a file, unbuffered.
class FileSource : public ByteSource {
 public:
  static base::Result<std::unique_ptr<FileSource>> open(const std::filesystem::path& path);

  base::Result<std::size_t> read(std::span<std::byte> into) override;

 private:
  FileSource(base::Fd fd, std::filesystem::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Fd fd_;
  std::filesystem::path path_;
};

}  // namespace gantry::oci
