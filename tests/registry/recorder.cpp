#include "tests/registry/recorder.hpp"

#include <algorithm>
#include <regex>

namespace gantry::test_registry {

std::size_t Recorder::begin(const Request& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(RecordedRequest{.request = request});
  return cleared_ + requests_.size() - 1;
}

void Recorder::finish(std::size_t ticket, int status, std::uint64_t body_bytes) {
  const std::lock_guard lock(mutex_);
  if (ticket >= cleared_) {
    requests_[ticket - cleared_].status = status;
    requests_[ticket - cleared_].body_bytes = body_bytes;
  }
}

std::vector<RecordedRequest> Recorder::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t Recorder::count(std::string_view method, const std::string& target) const {
  const std::regex pattern(target);
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(requests_.begin(), requests_.end(), [&](const RecordedRequest& recorded) {
        return (method.empty() || recorded.request.method == method) &&
               std::regex_search(recorded.request.target, pattern);
      }));
}

void Recorder::clear() {
  const std::lock_guard lock(mutex_);
  cleared_ += requests_.size();
  requests_.clear();
}

}  // namespace gantry::test_registry
