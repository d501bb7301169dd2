#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/description.hpp"
#include "config/figures.hpp"
#include "config/memory.hpp"
#include "ssd/device.hpp"

namespace {

/// What is valid can be simulated, whatever it is: commands end, with all their time accounted for.
void simulate(const gantry::config::Description& description) {
  using namespace gantry::ssd;
  constexpr std::uint64_t kMostMemory = std::uint64_t{32} << 20;
  auto device =
      gantry::config::make_device(description, gantry::config::Filling::kAll, kMostMemory);
  if (!device) {
    return;
  }
  const auto logical = description.parameters.logical_pages;
  const auto queues = description.parameters.front_end.queues.size();
  std::uint64_t ended = 0;
  constexpr std::uint64_t kCommands = 200;
  for (std::uint64_t tag = 0; tag < kCommands; ++tag) {
    Command command;
    command.time = (*device)->now();
    command.tag = tag;
    command.opcode = static_cast<Opcode>(tag * 7 % 11 % 4);
    command.pages =
        command.opcode == Opcode::kFlush ? 0 : 1 + (tag % 3 == 0 && logical > 1 ? 1 : 0);
    command.lpn =
        Lpn{static_cast<std::uint32_t>(tag * 2'654'435'761 % (logical - (command.pages / 2)))};
    command.queue = static_cast<std::uint16_t>(tag % queues);
    command.force_unit_access = tag % 5 == 0;
    (*device)->submit(command);
    for (const Completion* end = nullptr;
         (*device)->outstanding() > 16 && (end = (*device)->next()) != nullptr; ++ended) {
      if (description.parameters.attribution &&
          end->latency.total() != end->time - end->command.time) {
        std::abort();
      }
    }
  }
  while ((*device)->next() != nullptr) {
    ++ended;
  }
  if (ended != kCommands) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = gantry::config::read(text);
  if (reading.description.has_value() != reading.problems.empty()) {
    std::abort();
  }
  if (reading.description) {
    // What was read is written as text that is read as the same again.
    const auto again = gantry::config::read(gantry::config::write(*reading.description));
    if (again.description != reading.description) {
      std::abort();
    }
    (void)gantry::config::figures(reading.description->parameters);
    simulate(*reading.description);
  }
  return 0;
}
