#include "oci/config.hpp"

#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/json_document.hpp"

namespace gantry::oci {

namespace {

constexpr std::size_t kMaximumLayers = 1024;
constexpr std::size_t kMaximumHistory = 16384;

template <class T>
void set_unless_empty(nlohmann::json& object, const char* key, const T& value) {
  if (!value.empty()) {
    object[key] = value;
  }
}

/// Go's map[string]struct{}, which stands for a set.
void set_unless_empty_set(nlohmann::json& object, const char* key,
                          const std::vector<std::string>& values) {
  for (const auto& value : values) {
    object[key][value] = nlohmann::json::object();
  }
}

nlohmann::json to_value(const Healthcheck& check) {
  nlohmann::json value = {{"Test", check.test}};
  const auto set = [&](const char* key, std::int64_t number) {
    if (number != 0) {
      value[key] = number;
    }
  };
  set("Interval", check.interval);
  set("Timeout", check.timeout);
  set("StartPeriod", check.start_period);
  set("Retries", check.retries);
  return value;
}

nlohmann::json to_value(const HistoryEntry& entry) {
  nlohmann::json value = nlohmann::json::object();
  if (entry.created) {
    value["created"] = base::format_time(*entry.created);
  }
  set_unless_empty(value, "created_by", entry.created_by);
  set_unless_empty(value, "author", entry.author);
  set_unless_empty(value, "comment", entry.comment);
  if (entry.empty_layer) {
    value["empty_layer"] = true;
  }
  return value;
}

nlohmann::json runtime_value(const Config& config) {
  nlohmann::json value = nlohmann::json::object();
  set_unless_empty(value, "User", config.user);
  set_unless_empty_set(value, "ExposedPorts", config.exposed_ports);
  set_unless_empty(value, "Env", config.env);
  set_unless_empty(value, "Entrypoint", config.entrypoint);
  set_unless_empty(value, "Cmd", config.cmd);
  set_unless_empty_set(value, "Volumes", config.volumes);
  set_unless_empty(value, "WorkingDir", config.working_dir);
  set_unless_empty(value, "Labels", config.labels);
  set_unless_empty(value, "StopSignal", config.stop_signal);
  if (config.healthcheck) {
    value["Healthcheck"] = to_value(*config.healthcheck);
  }
  return value;
}

base::Result<std::optional<std::int64_t>> read_time(const JsonValue& object, std::string_view key) {
  GANTRY_TRY(const auto value, object.find(key));
  if (!value) {
    return std::optional<std::int64_t>();
  }
  GANTRY_TRY(const auto text, value->text());
  const auto time = base::parse_time(text);
  if (!time) {
    return value->error(
        fmt::format("'{}' is not a time as RFC 3339 has it, for example "
                    "2026-11-21T01:20:22Z",
                    base::printable(text)));
  }
  return time;
}

base::Result<Healthcheck> read_healthcheck(const JsonValue& value) {
  Healthcheck check;
  GANTRY_CHECK(read_optional(value, "Test", &JsonValue::texts, check.test));
  GANTRY_CHECK(read_optional(value, "Interval", &JsonValue::number, check.interval));
  GANTRY_CHECK(read_optional(value, "Timeout", &JsonValue::number, check.timeout));
  GANTRY_CHECK(read_optional(value, "StartPeriod", &JsonValue::number, check.start_period));
  GANTRY_CHECK(read_optional(value, "Retries", &JsonValue::number, check.retries));
  return check;
}

base::Result<HistoryEntry> read_history_entry(const JsonValue& value) {
  HistoryEntry entry;
  GANTRY_TRY(entry.created, read_time(value, "created"));
  GANTRY_CHECK(read_optional(value, "created_by", &JsonValue::text, entry.created_by));
  GANTRY_CHECK(read_optional(value, "author", &JsonValue::text, entry.author));
  GANTRY_CHECK(read_optional(value, "comment", &JsonValue::text, entry.comment));
  GANTRY_CHECK(read_optional(value, "empty_layer", &JsonValue::boolean, entry.empty_layer));
  return entry;
}

base::Result<void> read_runtime(const JsonValue& value, Config& config) {
  GANTRY_CHECK(read_optional(value, "User", &JsonValue::text, config.user));
  GANTRY_CHECK(read_optional(value, "ExposedPorts", &JsonValue::keys, config.exposed_ports));
  GANTRY_CHECK(read_optional(value, "Env", &JsonValue::texts, config.env));
  GANTRY_CHECK(read_optional(value, "Entrypoint", &JsonValue::texts, config.entrypoint));
  GANTRY_CHECK(read_optional(value, "Cmd", &JsonValue::texts, config.cmd));
  GANTRY_CHECK(read_optional(value, "Volumes", &JsonValue::keys, config.volumes));
  GANTRY_CHECK(read_optional(value, "WorkingDir", &JsonValue::text, config.working_dir));
  GANTRY_CHECK(read_optional(value, "Labels", &JsonValue::text_map, config.labels));
  GANTRY_CHECK(read_optional(value, "StopSignal", &JsonValue::text, config.stop_signal));
  GANTRY_TRY(const auto healthcheck, value.find("Healthcheck"));
  if (healthcheck) {
    GANTRY_TRY(config.healthcheck, read_healthcheck(*healthcheck));
  }
  return {};
}

base::Result<std::vector<Digest>> read_diff_ids(const JsonValue& root) {
  GANTRY_TRY(const auto rootfs, root.member("rootfs"));
  GANTRY_TRY(const auto type, rootfs.member("type"));
  GANTRY_TRY(const auto text, type.text());
  if (text != "layers") {
    return type.error(fmt::format("expected 'layers', found '{}'", base::printable(text)));
  }
  std::vector<Digest> digests;
  GANTRY_TRY(const auto list, rootfs.find("diff_ids"));
  if (!list) {
    return digests;
  }
  GANTRY_TRY(const auto elements, list->elements(kMaximumLayers));
  for (const auto& element : elements) {
    GANTRY_TRY(const auto digest, read_digest(element));
    digests.push_back(digest);
  }
  return digests;
}

}  // namespace

std::string to_json(const Config& config) {
  nlohmann::json value = {{"os", config.platform.os},
                          {"architecture", config.platform.architecture},
                          {"config", runtime_value(config)}};
  if (config.created) {
    value["created"] = base::format_time(*config.created);
  }
  set_unless_empty(value, "author", config.author);
  set_unless_empty(value, "variant", config.platform.variant);
  auto& rootfs = value["rootfs"];
  rootfs = {{"type", "layers"}, {"diff_ids", nlohmann::json::array()}};
  for (const auto& diff_id : config.diff_ids) {
    rootfs["diff_ids"].push_back(diff_id.text());
  }
  for (const auto& entry : config.history) {
    value["history"].push_back(to_value(entry));
  }
  return canonical(value);
}

base::Result<Config> parse_config(std::string_view json, std::string_view where) {
  GANTRY_TRY(const auto document, JsonDocument::parse(json, where));
  const auto root = document.root();
  Config config;
  GANTRY_TRY(config.platform, read_platform(root));
  GANTRY_TRY(config.created, read_time(root, "created"));
  GANTRY_CHECK(read_optional(root, "author", &JsonValue::text, config.author));
  GANTRY_TRY(config.diff_ids, read_diff_ids(root));
  GANTRY_TRY(const auto runtime, root.find("config"));
  if (runtime) {
    GANTRY_CHECK(read_runtime(*runtime, config));
  }
  GANTRY_TRY(const auto history, root.find("history"));
  if (history) {
    GANTRY_TRY(const auto entries, history->elements(kMaximumHistory));
    for (const auto& value : entries) {
      GANTRY_TRY(auto entry, read_history_entry(value));
      config.history.push_back(std::move(entry));
    }
  }
  return config;
}

}  // namespace gantry::oci
