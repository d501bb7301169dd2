#include "config/difference.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace gantry::config {

namespace {

using nlohmann::ordered_json;

std::optional<Difference> compare(const ordered_json& left, const ordered_json& right,
                                  const std::string& pointer) {
  if (left == right) {
    return std::nullopt;
  }
  if (left.is_object() && right.is_object()) {
    for (const auto& [name, value] : left.items()) {
      if (!right.contains(name)) {
        break;
      }
      if (auto found = compare(value, right.at(name), pointer + "/" + name)) {
        return found;
      }
    }
  }
  if (left.is_array() && right.is_array() && left.size() == right.size()) {
    for (std::size_t at = 0; at < left.size(); ++at) {
      if (auto found = compare(left[at], right[at], fmt::format("{}/{}", pointer, at))) {
        return found;
      }
    }
  }
  return Difference{pointer, left.dump(), right.dump()};
}

}  // namespace

std::optional<Difference> first_difference(const Description& left, const Description& right) {
  const auto document = [](Description description) {
    description.name = description.origin = "";
    return ordered_json::parse(write(description));
  };
  return compare(document(left), document(right), "");
}

}  // namespace gantry::config
