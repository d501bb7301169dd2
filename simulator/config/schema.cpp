#include "config/schema.hpp"

#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "config/key_table.hpp"
#include "config/quantity.hpp"
#include "config/value.hpp"

namespace gantry::config {

namespace {

using nlohmann::ordered_json;

ordered_json object_schema() {
  return {
      {"type", "object"}, {"additionalProperties", false}, {"properties", ordered_json::object()}};
}

ordered_json quantity_schema(const KeyForm& form) {
  return {{"type", "string"},
          {"pattern", quantity_pattern(measure_of(form.kind))},
          {"examples", {form.example}}};
}

ordered_json value_schema(const KeyForm& form) {
  switch (form.kind) {
    case Kind::kText:
      return {{"type", "string"}, {"maxLength", form.most}};
    case Kind::kCount:
      return {{"type", "integer"}, {"minimum", form.least}, {"maximum", form.most}};
    case Kind::kFlag:
      return {{"type", "boolean"}};
    case Kind::kChoice:
      return {{"enum", form.choices}};
    case Kind::kTimes:
      return {{"type", "array"},
              {"items", quantity_schema(form)},
              {"minItems", 1},
              {"maxItems", ssd::kMaxCellBits}};
    case Kind::kNamespaces:
      return {{"type", "array"}, {"maxItems", form.most}, {"default", ordered_json::array()}};
    case Kind::kExtent:
      return {{"type", "string"},
              {"anyOf",
               {{{"pattern", quantity_pattern(Measure::kSize)}},
                {{"pattern", quantity_pattern(Measure::kShare)}}}},
              {"examples", {form.example}}};
    case Kind::kQueues:
      return {{"type", "array"}, {"minItems", form.least}, {"maxItems", form.most}};
    default:
      return quantity_schema(form);
  }
}

/// The schema of the key, put into that of the root, queue or namespace it belongs to.
ordered_json& add(ordered_json& root, const KeyForm& form) {
  auto* at = &root;
  const auto names = base::split(form.pointer.substr(1), '/');
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto& inner = (*at)["properties"][std::string(names[i])];
    if (i + 1 == names.size()) {
      inner = value_schema(form);
      inner["description"] = form.meaning;
    } else if (inner.is_null()) {
      inner = object_schema();
    }
    at = &inner;
  }
  return *at;
}

}  // namespace

std::string schema() {
  ordered_json root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", "A simulated solid-state drive"}};
  root.update(object_schema());
  const Description defaults;
  for (const auto& key : keys()) {
    auto& value = add(root, key.form);
    if (key.form.kind == Kind::kQueues) {
      auto& queue = value["items"] = object_schema();
      const ssd::HostQueue default_queue;
      for (const auto& queue_key : queue_keys()) {
        add(queue, queue_key.form)["default"] =
            write_value(queue_key.form, queue_key.get(default_queue));
      }
    } else if (key.form.kind == Kind::kNamespaces) {
      auto& space = value["items"] = object_schema();
      for (const auto& form : namespace_forms()) {
        add(space, form);
      }
      space["required"] = {"size"};
    } else if (key.times != nullptr) {
      const auto time = (defaults.parameters.nand.*key.times)[0].count();
      value["default"] = {write_value(key.form, static_cast<std::uint64_t>(time))};
    } else if (key.get != nullptr && key.form.pointer != "/capacity") {
      value["default"] = write_value(key.form, key.get(defaults));
    }
  }
  root["oneOf"] = {{{"required", {"capacity"}}}, {{"required", {"over_provisioning"}}}};
  return root.dump(2) + "\n";
}

}  // namespace gantry::config
