#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::vm::init {

/// What the initramfs tells its init, and what that does with it.
struct Settings {
  std::vector<std::string> modules;  ///< files of the initramfs, to be loaded in this order
  std::string root;                  ///< the device of the root file system
  std::string hand_over;  ///< the root file system's own init, which takes over; empty: none
  std::string hostname;
  bool agent = false;                  ///< to be started; it comes with the initramfs
  std::vector<std::string> command;    ///< to run on the console; none: nothing
  std::vector<std::string> variables;  ///< its environment, "NAME=value"
  std::string directory;               ///< in which it runs
  std::string user;                    ///< as an image's config has it: names or numbers
  int stop_signal = 15;                ///< what ends it
};

/// Where the initramfs has them.
inline constexpr const char* kSettingsFile = "/gantry/settings";
inline constexpr const char* kAgentFile = "/gantry/gantry-guest-agent";

/// As a sequence of "key=value", each ended by a NUL.
std::string write_settings(const Settings& settings);

/// Nothing if a key is not known or a value makes no sense.
std::optional<Settings> parse_settings(std::string_view text);

}  // namespace gantry::vm::init
