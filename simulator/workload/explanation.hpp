#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ssd/device.hpp"
#include "workload/witness.hpp"

namespace gantry::workload {

/// Something that had a die or a channel while a command waited for it.
struct Cause {
  ssd::Nanos begin{0};
  ssd::Nanos end{0};
  ssd::Nanos time{0};  ///< of the wait that it had
  DieSpan first;       ///< the first of what it did
  std::uint32_t reads = 0;
  std::uint32_t programs = 0;
  std::uint32_t erases = 0;
  std::uint32_t suspends = 0;  ///< that the wait has seen
};

/// The way of a command's last page through flash.
struct FlashWay {
  ssd::DieId die{0};
  ssd::ChannelId channel{0};
  bool is_read = false;
  std::vector<ssd::Lpn> pages;
  ssd::Nanos begin{0};  ///< when it was asked for
  ssd::Nanos end{0};
  ssd::Nanos array{0};  ///< on the die, with its command
  ssd::Nanos channel_wait{0};
  ssd::Nanos transfer{0};         ///< on the channel, with its latency
  ssd::Nanos transferred{0};      ///< when it had ended
  std::vector<Cause> on_die;      ///< in the order of their begins
  std::vector<Cause> on_channel;  ///< whose transfers came first
};

/// Why a command took its time.
struct Explanation {
  std::uint64_t number = 0;
  ssd::Completion completion;
  ssd::Device::Backlog backlog;   ///< when it came
  std::optional<FlashWay> flash;  ///< null: flash had nothing to do with it
  std::vector<Cause> meanwhile;   ///< on all dies, while it waited for the write buffer
};

/// From what a witness has seen from the command's coming to its end, and further until each
/// transfer that was before its own had ended.
Explanation explain(const ssd::Device& device, const Witness& witness,
                    const ssd::Completion& completion);

/// Numbers of commands in their source.
using NumberOf = std::function<std::uint64_t(const ssd::Command&)>;

/// What a person wants to know of it, in lines.
std::string to_text(const Explanation& explanation, const ssd::Parameters& parameters,
                    const NumberOf& number_of);
std::string to_json(const Explanation& explanation, const ssd::Parameters& parameters,
                    const NumberOf& number_of);

}  // namespace gantry::workload
