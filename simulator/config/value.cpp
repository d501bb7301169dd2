#include "config/value.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::config {

namespace {

using nlohmann::json;

bool is_quantity(Kind kind) {
  return kind == Kind::kTime || kind == Kind::kTimes || kind == Kind::kSize ||
         kind == Kind::kRate || kind == Kind::kShare || kind == Kind::kEnergy ||
         kind == Kind::kPower;
}

std::string choice_list(const KeyForm& form) {
  std::vector<std::string> quoted;
  for (const auto& choice : form.choices) {
    quoted.push_back(fmt::format("\"{}\"", choice));
  }
  return base::join(quoted, ", ");
}

/// The noun of a kind of quantity.
std::string_view noun(Kind kind) {
  switch (kind) {
    case Kind::kSize:
      return "a size";
    case Kind::kRate:
      return "\"unlimited\" or a bandwidth";
    case Kind::kShare:
      return "a share";
    case Kind::kEnergy:
      return "an energy";
    case Kind::kPower:
      return "a power";
    default:
      return "a time";
  }
}

base::Error unexpected(const KeyForm& form, const std::string& found) {
  return {fmt::format("expected {}, found {}", expectation(form), found), "", ""};
}

base::Result<std::uint64_t> read_choice(const KeyForm& form, const json& value) {
  const auto& word = value.get_ref<const std::string&>();
  const auto found = std::find(form.choices.begin(), form.choices.end(), word);
  if (found != form.choices.end()) {
    return static_cast<std::uint64_t>(found - form.choices.begin());
  }
  const std::vector<std::string> words(form.choices.begin(), form.choices.end());
  const auto nearest = base::nearest(word, words);
  return unexpected(form, nearest
                              ? fmt::format("{}; did you mean \"{}\"?", found_text(value), *nearest)
                              : found_text(value));
}

base::Result<std::uint64_t> read_quantity(const KeyForm& form, const json& value) {
  auto parsed = parse_quantity(value.get_ref<const std::string&>(), measure_of(form.kind));
  if (!parsed) {
    return unexpected(form, fmt::format("{}: {}", found_text(value), parsed.error().what));
  }
  if (!is_in_range(form, *parsed)) {
    return unexpected(form, found_text(value));
  }
  return parsed;
}

}  // namespace

Measure measure_of(Kind kind) {
  switch (kind) {
    case Kind::kSize:
      return Measure::kSize;
    case Kind::kRate:
      return Measure::kRate;
    case Kind::kShare:
      return Measure::kShare;
    case Kind::kEnergy:
      return Measure::kEnergy;
    case Kind::kPower:
      return Measure::kPower;
    default:
      return Measure::kTime;
  }
}

bool is_in_range(const KeyForm& form, std::uint64_t value) {
  return (form.kind == Kind::kRate && value == 0) || (form.least <= value && value <= form.most);
}

std::string expectation(const KeyForm& form) {
  switch (form.kind) {
    case Kind::kText:
      return fmt::format("a text of up to {} bytes, such as \"{}\"", form.most, form.example);
    case Kind::kCount:
      return fmt::format("a whole number from {} to {}, such as {}", form.least, form.most,
                         form.example);
    case Kind::kChoice:
      return form.choices.size() > 8
                 ? fmt::format("the letters of \"{}\" in any order", form.choices.front())
                 : fmt::format("one of {}", choice_list(form));
    case Kind::kFlag:
      return "true or false";
    case Kind::kQueues:
      return fmt::format("an array of {} to {} queues, such as [{{\"weight\": 1}}]", form.least,
                         form.most);
    case Kind::kNamespaces:
      return fmt::format("an array of up to {} namespaces, such as [{{\"size\": \"40%\"}}]",
                         form.most);
    case Kind::kExtent:
      return fmt::format("a size such as \"4GiB\", or a share of up to 100% such as \"{}\"",
                         form.example);
    default:
      break;
  }
  const auto measure = measure_of(form.kind);
  return fmt::format("{} from {} to {}, such as \"{}\"", noun(form.kind),
                     format_quantity(form.least, measure), format_quantity(form.most, measure),
                     form.example);
}

std::string value_text(const KeyForm& form, std::uint64_t value) {
  if (is_quantity(form.kind)) {
    return format_quantity(value, measure_of(form.kind));
  }
  if (form.kind == Kind::kChoice && value >= form.choices.size()) {
    return "none of them";
  }
  return write_value(form, value).dump();
}

std::string found_text(const json& value) {
  constexpr std::size_t kLongest = 40;
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return text.size() > kLongest
                 ? fmt::format("\"{}…\"", base::printable(text.substr(0, kLongest)))
                 : fmt::format("\"{}\"", base::printable(text));
    }
    default:
      return value.dump();
  }
}

base::Result<std::uint64_t> read_value(const KeyForm& form, const json& value) {
  if (form.kind == Kind::kFlag && value.is_boolean()) {
    return std::uint64_t{value.get<bool>()};
  }
  if (form.kind == Kind::kCount && value.is_number_unsigned() &&
      is_in_range(form, value.get<std::uint64_t>())) {
    return value.get<std::uint64_t>();
  }
  if (form.kind == Kind::kChoice && value.is_string()) {
    return read_choice(form, value);
  }
  if (is_quantity(form.kind) && value.is_string()) {
    return read_quantity(form, value);
  }
  return unexpected(form, found_text(value));
}

nlohmann::ordered_json write_value(const KeyForm& form, std::uint64_t value) {
  switch (form.kind) {
    case Kind::kFlag:
      return value != 0;
    case Kind::kChoice:
      return form.choices[value];
    case Kind::kCount:
      return value;
    default:
      return format_quantity(value, measure_of(form.kind));
  }
}

}  // namespace gantry::config
