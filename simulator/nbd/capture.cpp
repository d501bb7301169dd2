#include "nbd/capture.hpp"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace gantry::nbd {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kSector = 512;

/// As the kernel names them; a flush is a write of nothing that is flushed before.
const char* kind_of(const gantry_ssd_request& request) {
  switch (request.opcode) {
    case GANTRY_SSD_READ:
      return "R";
    case GANTRY_SSD_WRITE:
      return (request.flags & GANTRY_SSD_FUA) != 0 ? "WFS" : "W";
    case GANTRY_SSD_TRIM:
      return "D";
    default:
      return "FWS";
  }
}

base::Error cannot_write(const std::string& path, int error) {
  return {fmt::format("cannot write the trace: {}", std::strerror(error)), path, ""};
}

}  // namespace

base::Result<Capture> Capture::create(const std::string& path) {
  auto* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) {
    return cannot_write(path, errno);
  }
  constexpr std::size_t kBuffer = std::size_t{1} << 20;
  std::setvbuf(file, nullptr, _IOFBF, kBuffer);
  return Capture(file, path);
}

void Capture::record(const gantry_ssd_request& request, std::uint64_t time) {
  fmt::basic_memory_buffer<char, 160> line;
  fmt::format_to(std::back_inserter(line), "8,0 {} {} {}.{:09} 0 Q {} ", request.queue, ++sequence_,
                 time / kSecond, time % kSecond, kind_of(request));
  if (request.opcode != GANTRY_SSD_FLUSH) {
    const auto first = request.offset / kSector;
    const auto after = (request.offset + request.length + kSector - 1) / kSector;
    fmt::format_to(std::back_inserter(line), "{} + {} ", first, after - first);
  }
  fmt::format_to(std::back_inserter(line), "[nbd]\n");
  if (error_ == 0 && std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
    error_ = errno;
  }
}

base::Result<void> Capture::close() {
  if (std::fclose(file_.release()) != 0 && error_ == 0) {
    error_ = errno;
  }
  return error_ == 0 ? base::Result<void>() : cannot_write(path_, error_);
}

}  // namespace gantry::nbd
