#include "config/description.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/document.hpp"
#include "config/key_table.hpp"
#include "config/namespaces.hpp"
#include "config/profiles.hpp"
#include "config/validation.hpp"
#include "config/value.hpp"

namespace gantry::config {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// The names that may stand in the object at a pointer.
template <class Owner>
std::vector<std::string> members(std::span<const Key<Owner>> keys, std::string_view object) {
  std::vector<std::string> names;
  for (const auto& key : keys) {
    const auto& pointer = key.form.pointer;
    if (pointer.starts_with(object) && pointer.size() > object.size() &&
        pointer[object.size()] == '/') {
      const auto rest = pointer.substr(object.size() + 1);
      std::string name(rest.substr(0, rest.find('/')));
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
      }
    }
  }
  return names;
}

/// The value at a pointer of the table, if it is there.
const json* find(const json& root, std::string_view pointer) {
  const json* at = &root;
  for (const auto name : base::split(pointer.substr(1), '/')) {
    if (!at->is_object()) {
      return nullptr;
    }
    const auto found = at->find(std::string(name));
    if (found == at->end()) {
      return nullptr;
    }
    at = &*found;
  }
  return at;
}

class Reader {
 public:
  Reading read(std::string_view text);

 private:
  void add(std::string pointer, std::string what) {
    problems_.push_back({std::move(pointer), std::move(what)});
  }
  template <class Owner>
  void check_names(const json& object, std::span<const Key<Owner>> keys, const std::string& inside,
                   const std::string& shown);
  void read_key(const Key<Description>& key, const json& value);
  void read_text(const Key<Description>& key, const json& value);
  void read_times(const Key<Description>& key, const json& value);
  void read_queues(const Key<Description>& key, const json& value);
  template <class Owner>
  void read_number(const Key<Owner>& key, const json& value, Owner& owner,
                   const std::string& pointer);

  Description description_;
  std::vector<NamespaceSize> namespaces_;
  std::vector<Problem> problems_;
};

/// Keys that nobody knows. inside is the pointer of the object in the table, shown that in the
/// document.
template <class Owner>
void Reader::check_names(const json& object, std::span<const Key<Owner>> keys,
                         const std::string& inside, const std::string& shown) {
  const auto names = members(keys, inside);
  for (const auto& [name, value] : object.items()) {
    const auto pointer = shown + "/" + pointer_part(name);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const auto nearest = base::nearest(name, names);
      add(pointer, nearest ? fmt::format("unknown key; did you mean '{}'?", *nearest)
                           : fmt::format("unknown key; here may be {}", base::join(names, ", ")));
      continue;
    }
    const auto below = inside + "/" + name;
    if (!members(keys, below).empty()) {
      if (value.is_object()) {
        check_names(value, keys, below, pointer);
      } else {
        add(pointer, fmt::format("expected an object, found {}", found_text(value)));
      }
    }
  }
}

template <class Owner>
void Reader::read_number(const Key<Owner>& key, const json& value, Owner& owner,
                         const std::string& pointer) {
  const auto number = read_value(key.form, value);
  if (!number) {
    add(pointer, number.error().what);
    return;
  }
  const auto unit = description_.parameters.geometry.mapping_bytes;
  if (key.form.is_of_mapping_units && *number % unit != 0) {
    add(pointer,
        fmt::format("expected a multiple of the mapping unit, {}, such as \"{}\", found {}",
                    format_quantity(unit, Measure::kSize),
                    format_quantity(*number - *number % unit, Measure::kSize), found_text(value)));
    return;
  }
  key.set(owner, *number);
}

void Reader::read_text(const Key<Description>& key, const json& value) {
  if (!value.is_string() || value.get_ref<const std::string&>().size() > key.form.most) {
    add(std::string(key.form.pointer),
        fmt::format("expected {}, found {}", expectation(key.form), found_text(value)));
    return;
  }
  description_.*key.text = value.get<std::string>();
}

void Reader::read_times(const Key<Description>& key, const json& value) {
  auto& nand = description_.parameters.nand;
  if (!value.is_array() || (value.size() != 1 && value.size() != nand.cell_bits)) {
    const auto found = value.is_array() ? fmt::format("{}", value.size()) : found_text(value);
    add(std::string(key.form.pointer),
        fmt::format(
            "expected an array of one time for all types of page, such as [\"{}\"]{}, "
            "found {}",
            key.form.example,
            nand.cell_bits == 1 ? "" : fmt::format(", or of {}, one for each", nand.cell_bits),
            found));
    return;
  }
  auto& times = nand.*key.times;
  for (std::uint32_t type = 0; type < nand.cell_bits; ++type) {
    const auto at = value.size() == 1 ? 0 : type;
    const auto time = read_value(key.form, value[at]);
    if (time) {
      times[type] = ssd::Nanos{static_cast<std::int64_t>(*time)};
    } else if (at == type) {
      add(fmt::format("{}/{}", key.form.pointer, at), time.error().what);
    }
  }
}

void Reader::read_queues(const Key<Description>& key, const json& value) {
  const auto& form = key.form;
  if (!value.is_array() || value.size() < form.least || value.size() > form.most) {
    add(std::string(form.pointer),
        fmt::format("expected {}, found {}", expectation(form),
                    value.is_array() ? fmt::format("{}", value.size()) : found_text(value)));
    return;
  }
  auto& queues = description_.parameters.front_end.queues;
  queues.assign(value.size(), {});
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto pointer = fmt::format("{}/{}", form.pointer, i);
    if (!value[i].is_object()) {
      add(pointer, fmt::format(R"(expected an object, such as {{"weight": 1}}, found {})",
                               found_text(value[i])));
      continue;
    }
    check_names(value[i], queue_keys(), "", pointer);
    for (const auto& queue_key : queue_keys()) {
      if (const auto* const member = find(value[i], queue_key.form.pointer)) {
        read_number(queue_key, *member, queues[i], pointer + std::string(queue_key.form.pointer));
      }
    }
  }
}

void Reader::read_key(const Key<Description>& key, const json& value) {
  switch (key.form.kind) {
    case Kind::kText:
      read_text(key, value);
      break;
    case Kind::kTimes:
      read_times(key, value);
      break;
    case Kind::kQueues:
      read_queues(key, value);
      break;
    case Kind::kNamespaces:
      namespaces_ = read_namespaces(key.form, value, problems_);
      break;
    default:
      read_number(key, value, description_, std::string(key.form.pointer));
  }
}

Reading Reader::read(std::string_view text) {
  const auto root = parse_document(text, problems_);
  if (!root.is_object()) {
    if (problems_.empty()) {
      add("", fmt::format(R"(expected an object, such as {{"capacity": "7GiB"}}, found {})",
                          found_text(root)));
    }
    return {std::nullopt, std::move(problems_)};
  }
  check_names(root, keys(), "", "");
  for (const auto& key : keys()) {
    if (const auto* const value = find(root, key.form.pointer)) {
      read_key(key, *value);
    } else if (key.times != nullptr) {  // the default is that of the first type
      auto& times = description_.parameters.nand.*key.times;
      std::fill_n(times.begin(), description_.parameters.nand.cell_bits, times.front());
    }
  }
  const bool by_share = root.contains("over_provisioning");
  if (root.contains("capacity") == by_share) {
    add(by_share ? "/over_provisioning" : "",
        by_share ? "only one of 'capacity' and 'over_provisioning' can be given"
                 : R"(one of 'capacity' ("480GiB") and 'over_provisioning' ("7%") is needed)");
  }
  if (problems_.empty()) {
    problems_ = validate(description_.parameters);
    for (auto& problem : problems_) {
      if (by_share && problem.pointer == "/capacity") {
        problem.pointer = "/over_provisioning";
      }
    }
  }
  if (problems_.empty()) {
    description_.namespaces = place(namespaces_, description_.parameters, problems_);
  }
  if (!problems_.empty()) {
    return {std::nullopt, std::move(problems_)};
  }
  return {std::move(description_), {}};
}

/// Puts a value where a pointer of the table says.
ordered_json& make(ordered_json& root, std::string_view pointer) {
  auto* at = &root;
  for (const auto name : base::split(pointer.substr(1), '/')) {
    at = &(*at)[std::string(name)];
  }
  return *at;
}

}  // namespace

Reading read(std::string_view json) {
  return Reader().read(json);
}

base::Result<std::string> source(const std::string& profile_or_file) {
  const auto profile = find_profile(profile_or_file);
  if (profile) {
    return std::string(profile->json);
  }
  std::error_code error;
  if (profile_or_file.find_first_of("/.") == std::string::npos &&
      !std::filesystem::exists(profile_or_file, error)) {
    return profile.error();
  }
  return base::read_file(profile_or_file);
}

base::Result<Reading> inspect(const std::string& profile_or_file) {
  GANTRY_TRY(const auto text, source(profile_or_file));
  return read(text);
}

namespace {

/// What has been read, or all problems as one error.
base::Result<Description> result_of(Reading reading, const std::string& where) {
  if (reading.description) {
    return *std::move(reading.description);
  }
  const auto& problems = reading.problems;
  if (problems.size() == 1) {
    return base::Error{to_text(problems.front()), where, ""};
  }
  auto what = fmt::format("{} problems", problems.size());
  for (const auto& problem : problems) {
    what += "\n  " + to_text(problem);
  }
  return base::Error{std::move(what), where, ""};
}

}  // namespace

base::Result<Description> parse(std::string_view json) {
  return result_of(read(json), "");
}

base::Result<Description> load(const std::string& profile_or_file) {
  GANTRY_TRY(auto reading, inspect(profile_or_file));
  return result_of(std::move(reading), profile_or_file);
}

std::string write(const Description& description) {
  ordered_json root;
  const auto& parameters = description.parameters;
  for (const auto& key : keys()) {
    if (key.text != nullptr) {
      make(root, key.form.pointer) = description.*key.text;
    } else if (key.times != nullptr) {
      auto& times = make(root, key.form.pointer) = ordered_json::array();
      for (std::uint32_t type = 0; type < parameters.nand.cell_bits; ++type) {
        const auto time = (parameters.nand.*key.times)[type].count();
        times.push_back(write_value(key.form, static_cast<std::uint64_t>(time)));
      }
    } else if (key.form.kind == Kind::kQueues) {
      auto& queues = make(root, key.form.pointer) = ordered_json::array();
      for (const auto& queue : parameters.front_end.queues) {
        auto& object = queues.emplace_back(ordered_json::object());
        for (const auto& queue_key : queue_keys()) {
          make(object, queue_key.form.pointer) = write_value(queue_key.form, queue_key.get(queue));
        }
      }
    } else if (key.form.kind == Kind::kNamespaces) {
      make(root, key.form.pointer) = write_namespaces(description);
    } else if (key.get != nullptr) {
      make(root, key.form.pointer) = write_value(key.form, key.get(description));
    }
  }
  return root.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace gantry::config
