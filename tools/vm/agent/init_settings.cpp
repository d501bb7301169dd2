#include "vm/agent/init_settings.hpp"

#include <charconv>

namespace gantry::vm::init {

std::string write_settings(const Settings& settings) {
  std::string text;
  const auto add = [&text](std::string_view key, std::string_view value) {
    text.append(key).append("=").append(value).push_back('\0');
  };
  const auto add_all = [&add](std::string_view key, const std::vector<std::string>& values) {
    for (const auto& value : values) {
      add(key, value);
    }
  };
  add_all("module", settings.modules);
  add("root", settings.root);
  add("hand-over", settings.hand_over);
  add("hostname", settings.hostname);
  add("agent", settings.agent ? "yes" : "no");
  add_all("command", settings.command);
  add_all("variable", settings.variables);
  add("directory", settings.directory);
  add("user", settings.user);
  add("stop-signal", std::to_string(settings.stop_signal));
  return text;
}

std::optional<Settings> parse_settings(std::string_view text) {
  Settings settings;
  while (!text.empty()) {
    const auto end = text.find('\0');
    const auto record = text.substr(0, end);
    const auto equals = record.find('=');
    if (end == std::string_view::npos || equals == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(end + 1);
    const auto key = record.substr(0, equals);
    const std::string value(record.substr(equals + 1));
    if (key == "module") {
      settings.modules.push_back(value);
    } else if (key == "root") {
      settings.root = value;
    } else if (key == "hand-over") {
      settings.hand_over = value;
    } else if (key == "hostname") {
      settings.hostname = value;
    } else if (key == "agent") {
      settings.agent = value == "yes";
    } else if (key == "command") {
      settings.command.push_back(value);
    } else if (key == "variable") {
      settings.variables.push_back(value);
    } else if (key == "directory") {
      settings.directory = value;
    } else if (key == "user") {
      settings.user = value;
    } else if (key == "stop-signal") {
      const auto [last, error] =
          std::from_chars(value.data(), value.data() + value.size(), settings.stop_signal);
      if (error != std::errc() || last != value.data() + value.size() || settings.stop_signal < 1 ||
          settings.stop_signal > 64) {
        return std::nullopt;
      }
    } else {
      return std::nullopt;
    }
  }
  return settings;
}

}  // namespace gantry::vm::init
