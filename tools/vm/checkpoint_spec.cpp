#include "vm/checkpoint_spec.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/pattern.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::uint64_t kLongestTimeout = 24 * 3600;

Result<Step> parse_step(std::string_view value) {
  const auto colon = value.find(':');
  const auto kind = value.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? std::string_view() : value.substr(colon + 1);
  Step step;
  step.file = rest;
  if (kind == "console") {
    step.kind = Step::Kind::kConsole;
  } else if (kind == "agent") {
    step.kind = Step::Kind::kAgent;
  } else if (kind == "copy") {
    step.kind = Step::Kind::kCopy;
    const auto equals = rest.rfind('=');
    if (equals == std::string_view::npos || !rest.substr(equals + 1).starts_with('/')) {
      return wrong_value(rest, "FILE=PATH with an absolute path in the guest");
    }
    step.file = rest.substr(0, equals);
    step.destination = rest.substr(equals + 1);
  } else {
    return wrong_value(value, "a step (console:FILE, agent:FILE, copy:FILE=PATH)");
  }
  if (step.file.empty()) {
    return wrong_value(value, "a step, since it names no file");
  }
  return step;
}

Result<std::chrono::seconds> parse_timeout(std::string_view value) {
  const auto seconds = base::parse_unsigned(value);
  if (!seconds || *seconds == 0 || *seconds > kLongestTimeout) {
    return wrong_value(value, "a number of seconds (1 to 86400)");
  }
  return std::chrono::seconds(*seconds);
}

}  // namespace

Result<CheckpointSpec> parse_checkpoint_spec(std::string_view text, const std::string& where) {
  CheckpointSpec spec;
  const auto into = [](auto& member) {
    return [&member](std::string_view value) -> Result<void> {
      member = value;
      return {};
    };
  };
  const SpecKeys keys{
      {"name", into(spec.name)},
      {"guest", into(spec.guest)},
      {"parent", into(spec.parent)},
      {"store", into(spec.store)},
      {"ready",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_CHECK(Pattern::compile(value));
         spec.ready = value;
         return {};
       }},
      {"step",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(auto step, parse_step(value));
         spec.steps.push_back(std::move(step));
         return {};
       }},
      {"timeout",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(spec.timeout, parse_timeout(value));
         return {};
       }},
  };
  GANTRY_CHECK(read_spec(text, "gantry-checkpoint 1", keys, where));
  if (spec.name.empty() || spec.store.empty()) {
    return base::Error{
        fmt::format("the checkpoint has no {}", spec.name.empty() ? "name" : "store"), where, ""};
  }
  if (spec.guest.empty() == spec.parent.empty()) {
    return base::Error{"a checkpoint is of a guest or goes on from a parent, one of both", where,
                       ""};
  }
  return spec;
}

}  // namespace gantry::vm
