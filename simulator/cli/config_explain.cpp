#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "config/description.hpp"
#include "config/figures.hpp"
#include "config/namespaces.hpp"

namespace gantry::cli {

namespace {

using config::Bound;
using config::Figures;
using nlohmann::ordered_json;

struct Options {
  std::string device;
  bool json = false;
};

std::string gibibytes(std::uint64_t bytes) {
  return fmt::format("{:.2f} GiB ({} bytes)", static_cast<double>(bytes) / (1 << 30), bytes);
}

std::string microseconds(ssd::Nanos time) {
  return fmt::format("{}.{:03} us", time.count() / 1'000, time.count() % 1'000);
}

std::string microseconds(const std::vector<ssd::Nanos>& times) {
  std::string text;
  for (const auto time : times) {
    text += text.empty() ? "" : ", ";
    text += microseconds(time);
  }
  return text;
}

std::string megabytes(double bytes) {
  return fmt::format("{:.1f} MB/s", bytes * 1e-6);
}
std::string operations(double many) {
  return fmt::format("{:.0f} /s", many);
}

/// "1578.0 MB/s (channels; dies 2252.1 MB/s)": the least bound, and what the others are.
template <class Format>
std::string bounds_text(const std::vector<Bound>& bounds, Format format) {
  if (bounds.empty()) {
    return "unlimited";
  }
  std::string others;
  for (const auto& bound : bounds) {
    others += &bound == &bounds.front()
                  ? std::string(bound.resource)
                  : fmt::format("; {} {}", bound.resource, format(bound.per_second));
  }
  return fmt::format("{} ({})", format(bounds.front().per_second), others);
}

std::string table(const config::Description& description, const Figures& figures) {
  const auto& geometry = description.parameters.geometry;
  std::string text;
  const auto row = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<24}{}\n", name, value);
  };
  row("device", description.name);
  row("origin", description.origin);
  row("raw", gibibytes(figures.raw_bytes));
  row("user", gibibytes(figures.user_bytes));
  row("spare factor", fmt::format("{:.4f} (over-provisioning {:.2f} %)", figures.spare_factor,
                                  figures.over_provisioning * 100));
  row("dies, planes",
      fmt::format("{} on {} channels, {}", geometry.dies(), geometry.channels, geometry.planes()));
  for (std::size_t at = 0; at < description.namespaces.size(); ++at) {
    const auto& space = description.namespaces[at];
    row(fmt::format("namespace {}", at + 1),
        fmt::format("{}{}{}", base::printable(space.name), space.name.empty() ? "" : ", ",
                    gibibytes(std::uint64_t{space.pages} * geometry.mapping_bytes)));
  }
  text += "\nAlone, of one logical page (by its type of flash page)\n";
  row("  read", microseconds(figures.read));
  if (figures.buffered_write) {
    row("  write, buffered", microseconds(*figures.buffered_write));
  }
  row("  write, in flash", microseconds(figures.write));
  text += "\nAt most (what is the bottleneck; and the others)\n";
  row("  sequential read", bounds_text(figures.sequential_read, megabytes));
  row("  sequential write", bounds_text(figures.sequential_write, megabytes));
  row("  random read", bounds_text(figures.random_read, operations));
  text += "\nRandom writes, steady (as theory gives it for the policy)\n";
  row("  write amplification", fmt::format("{:.3f}", figures.amplification));
  row(fmt::format("  writes of {} bytes", figures.random_write_bytes),
      operations(figures.random_write));
  return text;
}

ordered_json bounds_json(const std::vector<Bound>& bounds) {
  auto array = ordered_json::array();
  for (const auto& bound : bounds) {
    array.push_back({{"resource", bound.resource}, {"per_second", bound.per_second}});
  }
  return array;
}

ordered_json times_json(const std::vector<ssd::Nanos>& times) {
  auto array = ordered_json::array();
  for (const auto time : times) {
    array.push_back(time.count());
  }
  return array;
}

std::string document(const config::Description& description, const Figures& figures) {
  ordered_json json = {{"name", description.name},
                       {"origin", description.origin},
                       {"raw_bytes", figures.raw_bytes},
                       {"user_bytes", figures.user_bytes},
                       {"spare_factor", figures.spare_factor},
                       {"over_provisioning", figures.over_provisioning},
                       {"read_ns", times_json(figures.read)},
                       {"write_ns", times_json(figures.write)}};
  auto& spaces = json["namespaces"] = ordered_json::array();
  for (const auto& space : config::namespaces(description)) {
    const auto bytes = std::uint64_t{space.pages} * description.parameters.geometry.mapping_bytes;
    spaces.push_back({{"name", space.name}, {"bytes", bytes}});
  }
  if (figures.buffered_write) {
    json["buffered_write_ns"] = figures.buffered_write->count();
  }
  json["sequential_read_bytes"] = bounds_json(figures.sequential_read);
  json["sequential_write_bytes"] = bounds_json(figures.sequential_write);
  json["random_reads"] = bounds_json(figures.random_read);
  json["write_amplification_fifo"] = figures.amplification;
  json["random_write_bytes"] = figures.random_write_bytes;
  json["random_writes_per_second"] = figures.random_write;
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

base::Result<int> explain(const Options& options) {
  GANTRY_TRY(const auto description, config::load(options.device));
  const auto figures = config::figures(description.parameters);
  GANTRY_CHECK(print(options.json ? document(description, figures) : table(description, figures)));
  return kSuccess;
}

}  // namespace

void add_config_explain(CLI::App& config, Action& action) {
  auto* command = config.add_subcommand("explain", "Show what a device can do, and what limits it");
  command->footer(
      "By arithmetic: times are those of an idle device, to the nanosecond; no schedule does "
      "better "
      "than the bounds. Random writes are uniform, in steady state, with the write amplification "
      "that theory gives for the device's policy.\n\n"
      "Example:\n  gantry ssd config explain 970-pro-like");
  auto options = std::make_shared<Options>();
  command->add_option("device", options->device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE")
      ->required();
  command->add_flag("--json", options->json, "Print JSON; times in nanoseconds");
  command->callback([&action, options] { action = [options] { return explain(*options); }; });
}

}  // namespace gantry::cli
