#pragma once

#include <cstdint>

#include "registry/http.hpp"

namespace gantry::registry {

/// A part of an open file as the body of a request. Reads at places of its own: the descriptor's
/// position does not matter.
class FileBody : public BodySource {
 public:
  FileBody(int fd, std::uint64_t begin, std::uint64_t size) : fd_(fd), begin_(begin), size_(size) {}

  std::uint64_t size() const override { return size_; }
  base::Result<std::size_t> read(std::span<std::byte> into) override;
  base::Result<void> rewind() override;

  /// How much of it was ever taken, to be sent.
  std::uint64_t taken() const { return taken_; }

 private:
  int fd_;
  std::uint64_t begin_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace gantry::registry
