#include "report/setup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace gantry::report {

namespace {

std::string value_of(const std::vector<Setting>& settings, std::string_view key) {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const Setting& setting) { return setting.first == key; });
  return found == settings.end() ? "" : found->second;
}

/// As value_of, of a number and its unit: "2k/s". Nothing else may stand in a sentence.
std::string amount_of(const std::vector<Setting>& settings, std::string_view key) {
  constexpr std::size_t kLongest = 24;
  auto text = value_of(settings, key);
  const bool is_amount =
      text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '.' || c == '/';
      });
  return is_amount ? std::move(text) : "";
}

/// "50us" as 50,000; 0 for what is no time.
double nanos_of(std::string_view text) {
  struct TimeUnit {
    std::string_view name;
    double nanos;
  };
  constexpr std::array kUnits = {TimeUnit{"ns", 1}, TimeUnit{"us", 1e3}, TimeUnit{"ms", 1e6},
                                 TimeUnit{"s", 1e9}};
  double number = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  for (const auto& unit : kUnits) {
    if (failure == std::errc{} && name == unit.name && number >= 0) {
      return number * unit.nanos;
    }
  }
  return 0;
}

/// The mean of "read", or of "read 0", "read 1"...: pages of a block may differ.
double mean_of(const std::vector<Setting>& settings, const std::string& key) {
  double sum = 0;
  double count = 0;
  for (const auto& [name, value] : settings) {
    if (name == key || name.starts_with(key + " ")) {
      sum += nanos_of(value);
      count += 1;
    }
  }
  return count == 0 ? 0 : sum / count;
}

void put(std::vector<Setting>& settings, const std::string& key, const std::string& value) {
  std::erase_if(settings, [&](const Setting& setting) {
    return setting.first == key || setting.first.starts_with(key + " ");
  });
  settings.emplace_back(key, value);
}

}  // namespace

RunSetup setup_of(const std::vector<SettingGroup>& description,
                  const std::vector<Setting>& workload) {
  RunSetup setup;
  const auto streams = base::parse_unsigned(value_of(workload, "streams")).value_or(1);
  setup.depth = base::parse_unsigned(value_of(workload, "queue-depth")).value_or(0) * streams;
  setup.rate = amount_of(workload, "rate");
  if (auto think = amount_of(workload, "think"); nanos_of(think) > 0) {
    setup.think = std::move(think);
  }
  for (const auto& group : description) {
    if (group.name == "nand") {
      setup.read = mean_of(group.settings, "read");
      setup.program = mean_of(group.settings, "program");
      setup.erase = mean_of(group.settings, "erase");
    } else if (group.name == "write_buffer") {
      setup.buffer_access = mean_of(group.settings, "latency");
    }
  }
  return setup;
}

RunSetup setup_of(std::vector<SettingGroup> description, std::vector<Setting> workload,
                  const std::vector<Setting>& others) {
  for (const auto& [name, value] : others) {
    const auto slash = name.find('/', 1);
    if (!name.starts_with('/')) {
      put(workload, name, value);
    } else if (slash != std::string::npos) {
      for (auto& group : description) {
        if (group.name == name.substr(1, slash - 1)) {
          put(group.settings, name.substr(slash + 1), value);
        }
      }
    }
  }
  return setup_of(description, workload);
}

}  // namespace gantry::report
