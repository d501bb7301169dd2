#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ssd/activity.hpp"
#include "ssd/device.hpp"

namespace gantry::workload {

/// What a die did from one time to another.
struct DieSpan {
  ssd::DieId die{0};
  ssd::Activity activity;
  ssd::Nanos end{0};                         ///< when it was over, or stopped
  std::optional<ssd::Command> command = {};  ///< that it was for; null: collection or the buffer
  std::vector<ssd::Lpn> pages = {};          ///< of the operation

  ssd::Nanos time() const { return end - activity.begin; }
};

/// Looks on while a device works, from outside: a device that nobody looks at pays nothing. It is
/// to look whenever something may have changed: after each Device::next() until
/// Device::next_time(), and after each command that has been submitted.
class Witness {
 public:
  explicit Witness(const ssd::Device& device);

  void look();
  /// What has not ended is taken as it is planned. Nothing is looked at after that.
  void finish();

  /// All that is over, in the order in which it ended.
  const std::vector<DieSpan>& spans() const { return spans_; }

 private:
  const ssd::Device& device_;
  std::vector<DieSpan> spans_;
  std::vector<DieSpan> now_;  // of all dies
};

}  // namespace gantry::workload
