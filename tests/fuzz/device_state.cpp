#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "random_host.hpp"
#include "ssd/precondition.hpp"
#include "state_file.hpp"
#include "varied_devices.hpp"

namespace {

using File = std::vector<std::byte>;
namespace state = gantry::state;
namespace ssd = gantry::ssd;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

/// A file in memory that open() and save() can name.
class MemoryFile {
 public:
  MemoryFile() : fd_(memfd_create("state", 0)) { require(fd_ >= 0); }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  void write(const File& file) const {
    require(static_cast<bool>(gantry::base::write_all(fd_, file, "state")));
  }

 private:
  int fd_;
};

/// Whole states of devices of all kinds, in the midst of what they do.
std::vector<File> make_states() {
  const auto directory = *gantry::base::TempDir::create();
  const auto path = directory.path() / "state";
  std::vector<File> states;
  for (const auto& [name, parameters] : ssd::varied_devices()) {
    ssd::Device device(parameters);
    ssd::RandomHost(states.size()).run(device, 1'500);
    require(static_cast<bool>(state::save(device, {name, "", parameters, {}}, path)));
    const auto text = *gantry::base::read_file(path);
    const auto bytes = std::as_bytes(std::span(text));
    states.emplace_back(bytes.begin(), bytes.end());
  }
  return states;
}

/// Changes a number behind an offset of the file: five bytes say where, how, and to what.
void change(File& file, std::size_t first, std::span<const std::uint8_t, 5> how) {
  const auto place = std::size_t{how[0]} << 8 | how[1];
  const auto at = first + place * (place % 2 == 0 ? 4 : 1) % (file.size() - first - 3);
  std::uint32_t number = 0;
  std::memcpy(&number, &file[at], sizeof number);
  const auto value = static_cast<std::uint32_t>(how[3] << 8 | how[4]);
  switch (how[2] % 6) {
    case 0:
      number = value;
      break;
    case 1:
      number += value + 1;
      break;
    case 2:
      number -= value + 1;
      break;
    case 3:
      number = 0xffffffff - value;
      break;
    case 4:
      number ^= std::uint32_t{1} << value % 32;
      break;
    default:  // the number of another place
      std::memcpy(&number, &file[std::size_t{value} * 4 % (file.size() - 3)], sizeof number);
  }
  std::memcpy(&file[at], &number, sizeof number);
}

}  // namespace

/// A state that is not right is either refused or does no harm: a device goes on from it, and is in
/// a possible state after that. The first byte is which state it was before some numbers in it have
/// been changed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto states = make_states();
  if (size == 0) {
    return 0;
  }
  auto file = states[data[0] % states.size()];
  state::Header header;
  std::memcpy(&header, file.data(), sizeof header);
  const auto behind_description = header.sections[state::kArrays].offset;
  for (std::size_t at = 1; at + 5 <= size && at < 100; at += 5) {
    change(file, data[at + 2] < 0xf0 ? behind_description : 0,
           std::span<const std::uint8_t, 5>(data + at, 5));
  }
  state::seal_file(file);
  const MemoryFile memory;
  memory.write(file);
  const auto opened = state::open(memory.path());
  if (!opened || opened->device->parameters().geometry.slots() > 1U << 20) {
    return 0;
  }
  ssd::RandomHost(1).run(*opened->device, 200);
  require(opened->device->fault(1) == nullptr);
  return 0;
}
