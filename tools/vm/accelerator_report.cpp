#include "vm/accelerator_report.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::vm {

using nlohmann::json;
using Verdict = Trial::Verdict;

namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 3> kVerdicts = {
    {{Verdict::kUsable, "usable"},
     {Verdict::kUnusable, "unusable"},
     {Verdict::kNotProbed, "not probed"}}};

std::string_view name_of(Verdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict)).second;
}

std::optional<Verdict> verdict_named(std::string_view name) {
  for (const auto& [verdict, its_name] : kVerdicts) {
    if (its_name == name) {
      return verdict;
    }
  }
  return std::nullopt;
}

std::optional<Trial> parse_trial(const json& object) {
  const auto verdict = verdict_named(object.at("verdict").get<std::string>());
  const auto loop = object.at("loop_microseconds").get<std::int64_t>();
  if (!verdict || loop < 0 || (*verdict == Verdict::kUsable) != (loop > 0)) {
    return std::nullopt;
  }
  return Trial{object.at("accelerator").get<std::string>(),
               *verdict,
               object.at("reason").get<std::string>(),
               object.at("hint").get<std::string>(),
               std::chrono::microseconds(loop),
               object.at("cpu").get<std::string>()};
}

}  // namespace

std::string report_text(const AcceleratorReport& report) {
  const Trial* const chosen = report.chosen();
  std::string text =
      chosen == nullptr
          ? fmt::format("{} guests: no accelerator was found usable", report.architecture)
          : fmt::format(
                "{} guests run under {}, on a {} with the CPU {}; waits are multiplied "
                "by {:.2g}",
                report.architecture, chosen->accelerator, report.machine,
                chosen->cpu.substr(0, chosen->cpu.find(',')),
                timeout_factor(report, chosen->accelerator));
  text += fmt::format("\n  QEMU {} ({})\n", report.qemu_version, report.qemu);
  for (const auto& trial : report.trials) {
    text +=
        fmt::format("  {:<4} {:<11} {}\n", trial.accelerator, name_of(trial.verdict), trial.reason);
    if (!trial.hint.empty()) {
      text += fmt::format("  {:16} hint: {}\n", "", trial.hint);
    }
  }
  if (report.cached) {
    text += "  as found since the last boot; --no-cache probes again\n";
  }
  if (!report.not_kept.empty()) {
    text += fmt::format("  not kept for the next time: {}\n", report.not_kept);
  }
  return text;
}

std::string report_json(const AcceleratorReport& report) {
  json accelerators = json::array();
  for (const auto& trial : report.trials) {
    json object = {{"accelerator", trial.accelerator},
                   {"verdict", name_of(trial.verdict)},
                   {"reason", trial.reason},
                   {"hint", trial.hint},
                   {"loop_microseconds", trial.loop.count()},
                   {"cpu", trial.cpu}};
    if (trial.verdict == Verdict::kUsable) {
      object["timeout_factor"] = timeout_factor(report, trial.accelerator);
    }
    accelerators.push_back(std::move(object));
  }
  const Trial* const chosen = report.chosen();
  const json document = {{"architecture", report.architecture},
                         {"qemu", base::printable(report.qemu)},
                         {"qemu_version", report.qemu_version},
                         {"machine", report.machine},
                         {"cpu_vendor", report.cpu_vendor},
                         {"accelerators", std::move(accelerators)},
                         {"chosen", chosen == nullptr ? json() : json(chosen->accelerator)},
                         {"cached", report.cached},
                         {"not_kept", base::printable(report.not_kept)}};
  return document.dump(2) + "\n";
}

std::optional<AcceleratorReport> parse_report(std::string_view text) {
  try {
    const auto document = json::parse(text);
    AcceleratorReport report;
    report.architecture = document.at("architecture").get<std::string>();
    report.qemu = document.at("qemu").get<std::string>();
    report.qemu_version = document.at("qemu_version").get<std::string>();
    report.machine = document.at("machine").get<std::string>();
    report.cpu_vendor = document.at("cpu_vendor").get<std::string>();
    report.cached = document.at("cached").get<bool>();
    report.not_kept = document.at("not_kept").get<std::string>();
    for (const auto& object : document.at("accelerators")) {
      const auto trial = parse_trial(object);
      if (!trial) {
        return std::nullopt;
      }
      report.trials.push_back(*trial);
    }
    return report;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace gantry::vm
