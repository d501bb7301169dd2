#include "registry/challenge.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    text += c == '"' || c == '\\' ? "\\" : "";
    text += c;
  }
  return text + "\"";
}

/// One field that says the same; as a field of its own, so that none can run into the next.
std::string field_of(const gantry::registry::Challenge& challenge) {
  std::string text = challenge.scheme;
  if (!challenge.token68.empty()) {
    return text + " " + challenge.token68;
  }
  const char* separator = " ";
  for (const auto& [name, value] : challenge.parameters) {
    text += separator + name + "=" + quoted(value);
    separator = ", ";
  }
  return text;
}

}  // namespace

/// The input's lines are fields. What was read must be read as the same again when it is written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> fields;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    fields.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const auto& challenge : gantry::registry::parse_challenges(fields)) {
    const auto written = field_of(challenge);
    if (written.size() > 16384) {
      continue;  // escapes have made it longer than what is read
    }
    const std::vector<std::string_view> again = {written};
    if (gantry::registry::parse_challenges(again) != std::vector{challenge}) {
      std::abort();
    }
  }
  return 0;
}
