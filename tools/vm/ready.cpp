#include "vm/ready.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/console_reader.hpp"
#include "vm/guest_port.hpp"
#include "vm/pattern.hpp"
#include "vm/ports.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::string_view kConsole = "console:";
constexpr std::string_view kTcp = "tcp:";
constexpr std::string_view kHttp = "http:";

Result<std::string> parse_path(std::string_view text) {
  // It becomes part of a line of a request.
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return wrong_value(text, "a path of a URL (percent-encode what is no printable ASCII)");
  }
  return std::string(text);
}

Result<void> wait_for(Stage& stage, const Condition& condition, Deadline deadline) {
  auto& machine = stage.machine();
  if (condition.kind == Condition::Kind::kConsole) {
    GANTRY_TRY(const auto pattern, Pattern::compile(condition.pattern));
    GANTRY_CHECK(machine.console->expect(pattern, deadline));
    return {};
  }
  GANTRY_TRY(const auto reader, ConsoleReader::start(*machine.console));
  GANTRY_TRY(auto port, GuestPort::of(machine, condition.port, stage.settings().timeout_factor));
  return condition.kind == Condition::Kind::kTcp ? port.wait_until_listening(deadline)
                                                 : port.wait_for_http(condition.path, deadline);
}

}  // namespace

Result<Condition> parse_condition(std::string_view text) {
  Condition condition;
  if (text.starts_with(kConsole) && text.size() > kConsole.size()) {
    condition.pattern = text.substr(kConsole.size());
    GANTRY_CHECK(Pattern::compile(condition.pattern));
  } else if (text.starts_with(kTcp)) {
    condition.kind = Condition::Kind::kTcp;
    GANTRY_TRY(condition.port, parse_guest_port(text.substr(kTcp.size())));
  } else if (text.starts_with(kHttp)) {
    condition.kind = Condition::Kind::kHttp;
    const auto rest = text.substr(kHttp.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    GANTRY_TRY(condition.port, parse_guest_port(rest.substr(0, slash)));
    GANTRY_TRY(condition.path, parse_path(slash == rest.size() ? "/" : rest.substr(slash)));
  } else {
    return wrong_value(text, "a condition (console:REGEX, tcp:PORT, http:PORT/PATH)");
  }
  return condition;
}

std::string to_text(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kConsole:
      return fmt::format("{}{}", kConsole, condition.pattern);
    case Condition::Kind::kTcp:
      return fmt::format("{}{}", kTcp, condition.port);
    case Condition::Kind::kHttp:
      return fmt::format("{}{}{}", kHttp, condition.port, condition.path);
  }
  return {};
}

Result<void> check_ports(const std::vector<Condition>& conditions,
                         const std::vector<PortForward>& ports) {
  for (const auto& condition : conditions) {
    if (condition.kind != Condition::Kind::kConsole) {
      auto known = find_host_port(ports, condition.port);
      if (!known) {
        known.error().where = "ready " + to_text(condition);
        return known.error();
      }
    }
  }
  return {};
}

std::vector<std::uint16_t> ports_of(const std::vector<Condition>& conditions) {
  std::vector<std::uint16_t> ports;
  for (const auto& condition : conditions) {
    if (condition.kind != Condition::Kind::kConsole) {
      ports.push_back(condition.port);
    }
  }
  return ports;
}

Result<void> wait_until_ready(Stage& stage, const std::vector<Condition>& conditions) {
  const auto deadline = stage.deadline();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto what = fmt::format("ready {}/{} {}", i + 1, conditions.size(),
                                  base::printable(to_text(conditions[i])));
    auto done = stage.tell(what, [&] { return wait_for(stage, conditions[i], deadline); });
    if (!done) {
      stage.keep_screen();
      auto& where = done.error().where;
      where = where.empty() ? what : fmt::format("{}: {}", what, where);
      return done;
    }
  }
  return {};
}

}  // namespace gantry::vm
