#include "vm/checkpoint_spec.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/checkpoint.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::uint64_t kLongestTimeout = 24 * 3600;

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
      {"name",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(spec.name, parse_checkpoint_name(value));
         return {};
       }},
      {"guest", into(spec.guest)},
      {"parent", into(spec.parent)},
      {"store", into(spec.store)},
      {"cache", into(spec.cache)},
      {"libvirt", into(spec.libvirt)},
      {"cache-push",
       [&spec](std::string_view value) -> Result<void> {
         if (value != "yes" && value != "no") {
           return wrong_value(value, "yes or no");
         }
         spec.cache_push = value == "yes";
         return {};
       }},
      {"ready",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(auto condition, parse_condition(value));
         spec.ready.push_back(std::move(condition));
         return {};
       }},
      {"step",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(auto step, parse_step(value));
         spec.steps.push_back(std::move(step));
         return {};
       }},
      {"record",
       [&spec](std::string_view value) -> Result<void> {
         if (value != "screen") {
           return wrong_value(value, "what can be recorded (screen)");
         }
         spec.record_screen = true;
         return {};
       }},
      {"ssh-user",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(spec.ssh.user, parse_ssh_user(value));
         return {};
       }},
      {"ssh-port",
       [&spec](std::string_view value) -> Result<void> {
         GANTRY_TRY(spec.ssh.port, parse_guest_port(value));
         return {};
       }},
      {"ssh-key", into(spec.ssh.key)},
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
