#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "nbd/dispatcher.hpp"
#include "realtime/pacer.hpp"

namespace gantry::nbd {

/// A line about a drive that is in use: what was asked for, and how punctual the answers were.
std::string progress_line(const Traffic& traffic, const realtime::Punctuality& punctuality);

/// Prints a line on standard error from time to time, if it is not the one before.
class ProgressLines {
 public:
  ProgressLines(std::chrono::seconds interval, std::function<std::string()> line);
  ProgressLines(const ProgressLines&) = delete;
  ProgressLines& operator=(const ProgressLines&) = delete;
  ~ProgressLines() = default;

 private:
  void run(const std::stop_token& stop, std::chrono::seconds interval);

  std::function<std::string()> line_;
  std::mutex mutex_;  // of nothing but the sleep
  std::condition_variable_any ended_;
  std::jthread thread_;
};

}  // namespace gantry::nbd
