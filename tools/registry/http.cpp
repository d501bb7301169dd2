#include "registry/http.hpp"

#include <algorithm>
#include <cstring>

#include <strings.h>

namespace gantry::registry {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const auto& field) { return same_name(field.first, name); });
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : fields_) {
    if (same_name(key, name)) {
      values.emplace_back(value);
    }
  }
  return values;
}

base::Result<std::size_t> TextBody::read(std::span<std::byte> into) {
  const auto count = std::min(into.size(), text_.size() - position_);
  std::memcpy(into.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

base::Result<void> TextBody::rewind() {
  position_ = 0;
  return {};
}

}  // namespace gantry::registry
