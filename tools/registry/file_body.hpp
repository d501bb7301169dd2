#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "registry/http.hpp"

namespace gantry::registry {

/// A part of an open file as the body of a request. Reads at places of its own: the descriptor's
/// position does not matter.
class FileBody : public BodySource {
 public:
  /// read_up_to: told how far the file was read, on the thread that reads.
  FileBody(int fd, std::uint64_t begin, std::uint64_t size,
           std::function<void(std::uint64_t)> read_up_to)
      : fd_(fd), begin_(begin), size_(size), read_up_to_(std::move(read_up_to)) {}

  std::uint64_t size() const override { return size_; }
  base::Result<std::size_t> read(std::span<std::byte> into) override;
  base::Result<void> rewind() override;

  /// How much of it was ever taken, to be sent.
  std::uint64_t taken() const { return taken_; }

 private:
  int fd_;
  std::uint64_t begin_;
  std::uint64_t size_;
  std::function<void(std::uint64_t)> read_up_to_;
  std::uint64_t position_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace gantry::registry
