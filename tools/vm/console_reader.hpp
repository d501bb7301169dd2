#pragma once

#include <thread>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/console.hpp"

namespace gantry::vm {

/// Takes what a guest says on its console as long as this lives, on a thread of its own: a guest
/// whose console nobody reads stands still sooner or later. Meanwhile nobody else uses the console.
class ConsoleReader {
 public:
  static base::Result<ConsoleReader> start(Console& console);

  ConsoleReader(ConsoleReader&&) noexcept = default;
  ConsoleReader& operator=(ConsoleReader&&) = delete;
  ~ConsoleReader();

 private:
  ConsoleReader(base::Fd stop, std::thread thread)
      : stop_(std::move(stop)), thread_(std::move(thread)) {}

  base::Fd stop_;  ///< an eventfd
  std::thread thread_;
};

}  // namespace gantry::vm
