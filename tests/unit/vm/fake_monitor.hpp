#pragma once

#include <deque>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "drawn_screen.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// A QEMU with a VGA in text mode, whose screen a test draws.
class FakeMonitor : public Monitor {
 public:
  base::Result<nlohmann::json> execute(std::string_view command,
                                       std::string_view arguments) override {
    const auto asked = arguments.empty() ? nlohmann::json() : nlohmann::json::parse(arguments);
    if (command == "screendump") {
      if (frames.empty()) {
        return base::Error{"QEMU refuses screendump: There is no console to take a screendump from",
                           "", ""};
      }
      std::ofstream(asked["filename"].get<std::string>(), std::ios::binary) << frames.front();
      if (frames.size() > 1) {
        frames.pop_front();
      }
    } else if (command == "query-pci") {
      return pci;
    } else if (command == "pmemsave") {
      std::string memory(asked["size"].get<std::size_t>(), '\0');
      if (asked["val"] == 0xfd000000U) {
        for (std::size_t i = 0; i < 256; ++i) {
          for (std::size_t row = 0; row < 16; ++row) {
            memory[4 * (32 * i + row) + 2] = static_cast<char>(font.glyphs[i][row]);
          }
        }
      }
      std::ofstream(asked["filename"].get<std::string>(), std::ios::binary) << memory;
    } else if (command == "send-key") {
      std::string chord;
      for (const auto& key : asked["keys"]) {
        chord += (chord.empty() ? "" : "-") + key["data"].get<std::string>();
      }
      pressed.push_back(chord);
    } else {
      return base::Error{"QEMU refuses " + std::string(command), "", ""};
    }
    return nlohmann::json::object();
  }

  base::Result<nlohmann::json> execute_with(int /*fd*/, std::string_view command,
                                            std::string_view arguments) override {
    return execute(command, arguments);
  }

  /// The next frame shows this line; the last one stays.
  void show(std::string_view line) {
    DrawnScreen screen(font, 80, 25);
    screen.write(0, 0, line);
    frames.push_back(screen.ppm());
  }

  ScreenFont font = made_up_font();
  std::deque<std::string> frames;
  std::vector<std::string> pressed;
  nlohmann::json pci = nlohmann::json::parse(R"([{"bus": 0, "devices": [
      {"class_info": {"class": 1536}, "regions": []},
      {"class_info": {"class": 768, "desc": "VGA controller"}, "regions": [
        {"bar": 0, "size": 16777216, "address": 4244635648, "type": "memory"},
        {"bar": 2, "size": 4096, "address": 4273930240, "type": "memory"}]}]}])");
};

/// A machine that it is the monitor of.
class WatchedMachine {
 public:
  WatchedMachine() {
    auto monitor = std::make_unique<FakeMonitor>();
    monitor_ = monitor.get();
    machine_.directory = directory_.path();
    machine_.monitor = std::move(monitor);
    machine_.process = std::make_unique<Process>(
        *Process::start({{"sleep", "60"}, directory_.path() / "log", {}}));
  }

  Machine& machine() { return machine_; }
  FakeMonitor& monitor() { return *monitor_; }

 private:
  base::TempDir directory_ = *base::TempDir::create();
  Machine machine_;
  FakeMonitor* monitor_;
};

}  // namespace gantry::vm
