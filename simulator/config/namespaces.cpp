#include "config/namespaces.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "config/document.hpp"
#include "config/quantity.hpp"
#include "config/value.hpp"
#include "ssd/wide.hpp"

namespace gantry::config {

namespace {

using nlohmann::json;

constexpr std::uint64_t kWholeShare = 1'000'000;

std::string size_text(std::uint64_t bytes) {
  return format_quantity(bytes, Measure::kSize);
}

std::string pointer_of(std::size_t number, std::string_view key = "") {
  return fmt::format("/namespaces/{}{}", number, key);
}

class ObjectReader {
 public:
  ObjectReader(std::size_t number, std::vector<Problem>& problems)
      : number_(number), problems_(problems) {}

  NamespaceSize read(const json& object) {
    NamespaceSize result;
    bool has_size = false;
    for (const auto& [key, value] : object.items()) {
      if (key == "name") {
        read_name(value, result);
      } else if (key == "size") {
        has_size = true;
        read_size(value, result);
      } else {
        const std::string names[] = {"name", "size"};
        const auto nearest = base::nearest(key, names);
        add("/" + pointer_part(key), nearest
                                         ? fmt::format("unknown key; did you mean '{}'?", *nearest)
                                         : "unknown key; here may be name, size");
      }
    }
    if (!has_size) {
      add("", "a 'size' is needed, such as \"40%\"");
    }
    return result;
  }

 private:
  void add(std::string_view key, std::string what) {
    problems_.push_back({pointer_of(number_, key), std::move(what)});
  }

  void read_name(const json& value, NamespaceSize& into) {
    const auto& form = namespace_forms()[0];
    if (value.is_string() && value.get_ref<const std::string&>().size() <= form.most) {
      into.name = value.get<std::string>();
    } else {
      add("/name", fmt::format("expected {}, found {}", expectation(form), found_text(value)));
    }
  }

  void read_size(const json& value, NamespaceSize& into) {
    into.text = found_text(value);
    const auto complain = [&](const std::string& why) {
      add("/size", fmt::format("expected {}, found {}{}", expectation(namespace_forms()[1]),
                               into.text, why));
    };
    if (!value.is_string()) {
      complain("");
      return;
    }
    const auto& text = value.get_ref<const std::string&>();
    into.is_share = text.ends_with('%');
    const auto amount = parse_quantity(text, into.is_share ? Measure::kShare : Measure::kSize);
    if (!amount) {
      complain(": " + amount.error().what);
    } else if (into.is_share && *amount > kWholeShare) {
      complain("");
    } else {
      into.amount = *amount;
    }
  }

  std::size_t number_;
  std::vector<Problem>& problems_;
};

/// The sum of what is before, and this one, against the device.
void check_fit(std::size_t number, std::uint64_t before, std::uint64_t pages,
               const ssd::Parameters& parameters, std::vector<Problem>& problems) {
  const std::uint64_t unit = parameters.geometry.mapping_bytes;
  if (before <= parameters.logical_pages && pages > parameters.logical_pages - before) {
    problems.push_back(
        {pointer_of(number, "/size"),
         fmt::format("{} is more than the {} that the device has left of its {}",
                     size_text(pages * unit), size_text((parameters.logical_pages - before) * unit),
                     size_text(parameters.logical_pages * unit))});
  }
}

void check_names(const std::vector<ssd::Namespace>& all, std::vector<Problem>& problems) {
  for (std::size_t at = 0; at < all.size(); ++at) {
    const auto same = std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at),
                                   [&](const auto& other) { return other.name == all[at].name; });
    if (!all[at].name.empty() && same != all.begin() + static_cast<std::ptrdiff_t>(at)) {
      problems.push_back({pointer_of(at, "/name"),
                          fmt::format("namespace {} is called so, too", same - all.begin() + 1)});
    } else if (base::parse_unsigned(all[at].name)) {
      problems.push_back({pointer_of(at, "/name"),
                          "a name cannot be a number, which would mean another namespace"});
    }
  }
}

}  // namespace

std::vector<NamespaceSize> read_namespaces(const KeyForm& form, const json& value,
                                           std::vector<Problem>& problems) {
  std::vector<NamespaceSize> sizes;
  if (!value.is_array() || value.size() > form.most) {
    problems.push_back(
        {std::string(form.pointer),
         fmt::format("expected {}, found {}", expectation(form),
                     value.is_array() ? fmt::format("{}", value.size()) : found_text(value))});
    return sizes;
  }
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at].is_object()) {
      sizes.push_back(ObjectReader(at, problems).read(value[at]));
    } else {
      problems.push_back({pointer_of(at), fmt::format(R"(expected an object, such as )"
                                                      R"({{"size": "40%"}}, found {})",
                                                      found_text(value[at]))});
    }
  }
  return sizes;
}

std::vector<ssd::Namespace> place(const std::vector<NamespaceSize>& sizes,
                                  const ssd::Parameters& parameters,
                                  std::vector<Problem>& problems) {
  std::vector<ssd::Namespace> all;
  const std::uint64_t unit = parameters.geometry.mapping_bytes;
  std::uint64_t first = 0;
  for (std::size_t at = 0; at < sizes.size(); ++at) {
    const auto& size = sizes[at];
    if (!size.is_share && size.amount % unit != 0) {
      problems.push_back(
          {pointer_of(at, "/size"),
           fmt::format("expected a multiple of the mapping unit, {}, such as \"{}\", found {}",
                       size_text(unit), size_text(size.amount - size.amount % unit + unit),
                       size.text)});
      continue;
    }
    const auto pages = size.is_share
                           ? static_cast<std::uint64_t>(ssd::Wide{parameters.logical_pages} *
                                                        size.amount / kWholeShare)
                           : size.amount / unit;
    if (pages == 0) {
      problems.push_back({pointer_of(at, "/size"),
                          fmt::format("a namespace has a logical page, {}, or more, found {}",
                                      size_text(unit), size.text)});
      continue;
    }
    check_fit(at, first, pages, parameters, problems);
    all.push_back({size.name, ssd::Lpn{static_cast<std::uint32_t>(first)},
                   static_cast<std::uint32_t>(pages)});
    first = std::min(first + pages, std::uint64_t{parameters.logical_pages} + 1);
  }
  check_names(all, problems);
  return all;
}

nlohmann::ordered_json write_namespaces(const Description& description) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& space : description.namespaces) {
    const auto bytes = std::uint64_t{space.pages} * description.parameters.geometry.mapping_bytes;
    array.push_back({{"name", space.name}, {"size", size_text(bytes)}});
  }
  return array;
}

std::vector<ssd::Namespace> namespaces(const Description& description) {
  if (!description.namespaces.empty()) {
    return description.namespaces;
  }
  return {{"", ssd::Lpn{0}, description.parameters.logical_pages}};
}

base::Result<ssd::Namespace> find_namespace(const Description& description,
                                            std::string_view number_or_name) {
  const auto all = namespaces(description);
  const auto number = base::parse_unsigned(number_or_name);
  if (number && *number >= 1 && *number <= all.size()) {
    return all[*number - 1];
  }
  std::string names;
  for (const auto& space : all) {
    if (!number && space.name == number_or_name && !number_or_name.empty()) {
      return space;
    }
    names += space.name.empty() ? "" : fmt::format(", or {}", base::printable(space.name));
  }
  return base::Error{
      fmt::format("there is no namespace \"{}\"", base::printable(number_or_name)), "",
      fmt::format("the device has {}",
                  all.size() == 1 ? fmt::format("one: 1{}", names)
                                  : fmt::format("{}: 1 to {}{}", all.size(), all.size(), names))};
}

}  // namespace gantry::config
