#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "vm/window_pack.hpp"

namespace {

class Bytes : public gantry::oci::ByteSource {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  gantry::base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto count = std::min(into.size(), size_);
    if (count > 0) {
      std::memcpy(into.data(), data_, count);
    }
    data_ += count;
    size_ -= count;
    return count;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
};

}  // namespace

/// Nothing is ever written beyond a file's end, in descending order, or more than the files have.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<std::uint64_t, 3> kSizes{200'001, 4096, std::uint64_t{1} << 40};
  Bytes source(data, size);
  std::uint32_t last_file = 0;
  std::uint64_t end = 0;
  const auto read = gantry::vm::read_pack(
      source, kSizes,
      [&](std::uint32_t file, std::uint64_t offset, std::span<const std::byte> bytes) {
        if (file >= kSizes.size() || offset > kSizes[file] || bytes.empty() ||
            bytes.size() > kSizes[file] - offset || file < last_file ||
            (file == last_file && offset < end)) {
          std::abort();
        }
        last_file = file;
        end = offset + bytes.size();
        return gantry::base::Result<void>();
      },
      "fuzz");
  static_cast<void>(read);
  return 0;
}
