#pragma once

#include <cstdint>
#include <vector>

#include "ssd/fifo.hpp"
#include "ssd/parameters.hpp"

namespace gantry::ssd {

/// The submission queues, and which is served next (NVMe base specification 2.0, 3.4.4): urgent
/// ones before all others, and those of a class in turns.
class FrontEndQueues {
 public:
  explicit FrontEndQueues(const FrontEnd& rules) : rules_(rules), queues_(rules.queues.size()) {}

  bool is_one() const { return queues_.size() == 1; }
  bool empty() const { return waiting_ == 0; }
  bool is_sound() const { return turn_[0] < queues_.size() && turn_[1] < queues_.size(); }
  void push(std::uint16_t queue, std::uint32_t request) {
    queues_[queue].push(request);
    ++waiting_;
  }
  /// The next request, if there is any.
  std::uint32_t pop() {
    const auto queue = queues_.size() == 1 ? 0 : choose();
    const auto request = queues_[queue].front();
    queues_[queue].pop();
    --waiting_;
    return request;
  }

  /// While nothing waits.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(turn_, used_);
  }

 private:
  std::size_t choose() {
    for (const bool urgent : {true, false}) {
      // Once around, and once more to the queue whose turn has been used up.
      for (std::size_t tried = 0; tried <= queues_.size(); ++tried) {
        const auto at = turn_[urgent];
        const auto& queue = rules_.queues[at];
        const auto credit =
            rules_.arbitration == Arbitration::kWeightedRoundRobin ? queue.weight : 1;
        if (queue.urgent == urgent && !queues_[at].empty() && used_[urgent] < credit) {
          ++used_[urgent];
          return at;
        }
        turn_[urgent] = (at + 1) % queues_.size();
        used_[urgent] = 0;
      }
    }
    return 0;
  }

  FrontEnd rules_;
  std::vector<Fifo<std::uint32_t>> queues_;
  std::size_t waiting_ = 0;
  std::uint64_t turn_[2] = {};  // by urgency
  std::uint32_t used_[2] = {};  // of the turn
};

}  // namespace gantry::ssd
