#include "oci/image_config.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/environment.hpp"
#include "oci/healthcheck.hpp"

namespace gantry::oci {

namespace {

constexpr std::string_view kStandard = "org.opencontainers.image.";

void add_sorted(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
}

void set_unless_empty(std::string& to, const std::string& value) {
  if (!value.empty()) {
    to = value;
  }
}

base::Error with_where(base::Error error, std::string where) {
  error.where = std::move(where);
  return error;
}

/// A variant that one of them leaves out is any.
bool agree(const Platform& a, const Platform& b) {
  return a.os == b.os && a.architecture == b.architecture &&
         (a.variant.empty() || b.variant.empty() || a.variant == b.variant);
}

base::Result<void> set_platform(Config& config, const Platform* wanted, bool has_base) {
  if (!has_base) {
    config.platform = wanted != nullptr ? *wanted : Platform::host();
    return {};
  }
  if (wanted != nullptr && !agree(*wanted, config.platform)) {
    return base::Error{
        fmt::format("the base is for {}, the image for {}", config.platform.text(), wanted->text()),
        "", "use a base for the image's platform, or leave the platform out"};
  }
  return {};
}

base::Result<void> set_environment(Config& config, const ImageSpec& spec) {
  for (const auto& [name, value] : spec.env) {
    auto expanded = expand_variables(value, config.env);
    if (!expanded) {
      return with_where(std::move(expanded).error(), fmt::format("environment variable {}", name));
    }
    set_variable(config.env, name, *expanded);
  }
  return {};
}

void set_command(Config& config, const ImageSpec& spec) {
  if (!spec.entrypoint.empty()) {
    config.entrypoint = spec.entrypoint;
    config.cmd.clear();
  }
  if (!spec.cmd.empty()) {
    config.cmd = spec.cmd;
  }
}

void set_working_directory(Config& config, const ImageSpec& spec) {
  if (spec.working_dir.empty()) {
    return;
  }
  const std::filesystem::path base = config.working_dir.empty() ? "/" : config.working_dir;
  auto path = (base / spec.working_dir).lexically_normal();
  config.working_dir = path.has_filename() ? path.native() : path.parent_path().native();
}

}  // namespace

Annotations labels_of(const ImageSpec& spec, const Provenance& provenance) {
  const auto standard = [](std::string_view word) { return std::string(kStandard).append(word); };
  Annotations labels = spec.default_labels;
  labels.emplace(standard("created"), base::format_time(provenance.created));
  if (!provenance.revision.empty()) {
    labels.emplace(standard("revision"), provenance.revision);
  }
  if (!provenance.source.empty()) {
    labels.emplace(standard("source"), provenance.source);
  }
  if (!provenance.version.empty()) {
    labels.insert_or_assign(standard("version"), provenance.version);
  }
  for (const auto& [key, value] : spec.labels) {
    labels.insert_or_assign(key, value);
  }
  return labels;
}

Annotations annotations_of(const ImageSpec& spec, const Provenance& provenance) {
  Annotations annotations = spec.annotations;
  for (const auto& [key, value] : labels_of(spec, provenance)) {
    if (key.starts_with(kStandard)) {
      annotations.emplace(key, value);
    }
  }
  return annotations;
}

base::Result<Config> configure(const ImageSpec& spec, const std::optional<Config>& base,
                               const Provenance& provenance) {
  Config config = base.value_or(Config{});
  GANTRY_CHECK(set_platform(config, spec.platform(), base.has_value()));
  config.created = provenance.created;
  config.author.clear();
  GANTRY_CHECK(set_environment(config, spec));
  set_command(config, spec);
  set_working_directory(config, spec);
  set_unless_empty(config.user, spec.user);
  set_unless_empty(config.stop_signal, spec.stop_signal);
  add_sorted(config.exposed_ports, spec.ports);
  add_sorted(config.volumes, spec.volumes);
  if (!spec.healthcheck.empty()) {
    GANTRY_TRY(config.healthcheck, parse_healthcheck(spec.healthcheck));
  }
  for (const auto& [key, value] : labels_of(spec, provenance)) {
    config.labels.insert_or_assign(key, value);
  }
  return config;
}

}  // namespace gantry::oci
