#include "content/dlopen_note.hpp"

#include <nlohmann/json.hpp>

namespace gantry::content {

namespace {

using nlohmann::json;

std::vector<std::string> names_of(const json& library) {
  std::vector<std::string> names;
  const auto priority = library.is_object() ? library.find("priority") : library.end();
  const auto sonames = library.is_object() ? library.find("soname") : library.end();
  if (priority == library.end() || *priority != "required" || sonames == library.end()) {
    return names;
  }
  for (const auto& soname : *sonames) {
    if (soname.is_string()) {
      names.push_back(soname.get<std::string>());
    }
  }
  return names;
}

}  // namespace

std::vector<std::vector<std::string>> required_by_dlopen_note(std::string_view note) {
  std::vector<std::vector<std::string>> required;
  const auto libraries = json::parse(note.substr(0, note.find('\0')), nullptr, false);
  if (!libraries.is_array()) {
    return required;
  }
  for (const auto& library : libraries) {
    if (auto names = names_of(library); !names.empty()) {
      required.push_back(std::move(names));
    }
  }
  return required;
}

}  // namespace gantry::content
