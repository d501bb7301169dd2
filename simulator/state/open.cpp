#include <random>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/memory.hpp"
#include "config/difference.hpp"
#include "config/memory.hpp"
#include "ssd/device_transfer.hpp"
#include "state/header.hpp"
#include "state/mapping.hpp"
#include "state/reader.hpp"
#include "state/state.hpp"

namespace gantry::state {

namespace fs = std::filesystem;

namespace {

base::Error impossible(std::string_view what) {
  return {fmt::format("this is the state of no device: {}", what), "", ""};
}

base::Result<config::Description> read_description(std::string_view text) {
  auto reading = config::read(text);
  if (!reading.description) {
    return base::Error{"its device is none: " + to_text(reading.problems.front()), "", ""};
  }
  return *std::move(reading.description);
}

std::uint64_t draw_secret() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

base::Result<Opened> open_file(std::span<const std::byte> file, int fd) {
  GANTRY_TRY(const auto header, read_header(file));
  std::array<std::span<const std::byte>, kSections> sections;
  for (std::size_t at = 0; at < kSections; ++at) {
    GANTRY_TRY(sections[at], read_section(file, header.sections[at]));
    sections[at] = sections[at].first(header.sections[at].bytes);
  }
  GANTRY_TRY(auto description,
             read_description({reinterpret_cast<const char*>(sections[kDevice].data()),
                               sections[kDevice].size()}));
  GANTRY_TRY(auto device,
             config::make_device(description, config::Filling::kPart, base::available_memory()));
  Reader reader(sections[kBooks], sections[kArrays], fd, header.sections[kArrays].offset);
  device->transfer(reader);
  if (!reader.is_good()) {
    return impossible("it has not the parts that its device has");
  }
  if (const auto* const fault = device->fault(draw_secret())) {
    return impossible(fault);
  }
  return Opened{std::move(description), std::move(device), header.checksum};
}

}  // namespace

base::Result<Opened> open(const fs::path& path) {
  GANTRY_TRY(const auto fd, base::open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return base::errno_error("read", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{"this is no file", path.native(), ""};
  }
  const Mapping file(fd.get(), std::max<std::size_t>(static_cast<std::size_t>(status.st_size), 1));
  if (!file) {
    return base::errno_error("read", path);
  }
  auto opened = open_file(file.bytes().first(static_cast<std::size_t>(status.st_size)), fd.get());
  if (!opened) {
    opened.error().where = path.native();
  }
  return opened;
}

base::Result<void> check_same_device(const Opened& opened, const config::Description& wanted,
                                     const fs::path& path) {
  const auto difference = config::first_difference(opened.description, wanted);
  if (!difference) {
    return {};
  }
  return base::Error{fmt::format("this is the state of another device: {} is {} there, not {}",
                                 difference->pointer, difference->left, difference->right),
                     path.native(), "without --device it is the one of the state"};
}

}  // namespace gantry::state
