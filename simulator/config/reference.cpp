#include "config/reference.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "config/key_table.hpp"
#include "config/quantity.hpp"
#include "config/value.hpp"

namespace gantry::config {

namespace {

constexpr std::string_view kHeading =
    "# The keys of a device's description\n\n"
    "<!-- Written by `gantry-ssd config schema --markdown`; do not edit. -->\n\n"
    "[The simulator](../simulator.md) says how they are used. A value with a unit is a string.\n\n"
    "| key | value | default | meaning |\n|---|---|---|---|\n";

std::string values(const KeyForm& form) {
  const auto range = [&](Measure measure) {
    return fmt::format("{} to {}", format_quantity(form.least, measure),
                       format_quantity(form.most, measure));
  };
  switch (form.kind) {
    case Kind::kText:
      return fmt::format("a text of up to {} bytes", form.most);
    case Kind::kCount:
      return fmt::format("{} to {}", form.least, form.most);
    case Kind::kFlag:
      return "`true` or `false`";
    case Kind::kChoice: {
      if (form.choices.size() > 8) {
        return fmt::format("`{}`, its letters in any order", form.choices.front());
      }
      const std::vector<std::string> choices(form.choices.begin(), form.choices.end());
      return fmt::format("`{}`", base::join(choices, "`, `"));
    }
    case Kind::kTimes:
      return "an array of times: one, or one for each bit of a cell";
    case Kind::kQueues:
      return fmt::format("an array of {} to {} objects", form.least, form.most);
    case Kind::kNamespaces:
      return fmt::format("an array of up to {} objects", form.most);
    case Kind::kExtent:
      return "a size, or a share of up to 100%";
    case Kind::kRate:
      return fmt::format("{}, or `unlimited`", range(Measure::kRate));
    default:
      return range(measure_of(form.kind));
  }
}

std::string row(const std::string& prefix, const KeyForm& form, const std::string& value) {
  return fmt::format("| `{}{}` | {} | {} | {} |\n", prefix, form.pointer, values(form),
                     value.empty() ? "" : fmt::format("`{}`", value), form.meaning);
}

}  // namespace

std::string reference() {
  std::string text(kHeading);
  const Description defaults;
  for (const auto& key : keys()) {
    std::string value;
    if (key.times != nullptr) {
      const auto time = (defaults.parameters.nand.*key.times)[0].count();
      value = fmt::format("[\"{}\"]", value_text(key.form, static_cast<std::uint64_t>(time)));
    } else if (key.get != nullptr && key.form.pointer != "/capacity") {
      value = value_text(key.form, key.get(defaults));
    }
    text += row("", key.form, value);
    if (key.form.kind == Kind::kQueues) {
      for (const auto& queue_key : queue_keys()) {
        text += row(std::string(key.form.pointer) + "/*", queue_key.form,
                    value_text(queue_key.form, queue_key.get(ssd::HostQueue{})));
      }
    } else if (key.form.kind == Kind::kNamespaces) {
      for (const auto& form : namespace_forms()) {
        text += row(std::string(key.form.pointer) + "/*", form, "");
      }
    }
  }
  return text;
}

}  // namespace gantry::config
