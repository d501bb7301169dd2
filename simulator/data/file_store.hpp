#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "base/file.hpp"
#include "data/store.hpp"

namespace gantry::data {

/// A sparse file, locked against others. Whole pages of zeros become holes.
class FileStore final : public Store {
 public:
  static base::Result<std::unique_ptr<Store>> open(const std::filesystem::path& path,
                                                   std::uint64_t capacity);

  base::Result<void> read(std::uint64_t offset, std::span<std::byte> into) const override;
  base::Result<void> write(std::uint64_t offset, std::span<const std::byte> from) override;
  base::Result<void> zero(std::uint64_t offset, std::uint64_t length) override;
  base::Result<void> flush() override;

 private:
  FileStore(base::Fd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Result<void> put(std::uint64_t offset, std::span<const std::byte> from);

  base::Fd fd_;
  std::filesystem::path path_;  // for messages
};

}  // namespace gantry::data
