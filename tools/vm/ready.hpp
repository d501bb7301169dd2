#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/guest.hpp"
#include "vm/stage.hpp"

namespace gantry::vm {

/// What has to hold before the steps of a checkpoint begin.
struct Condition {
  enum class Kind {
    kConsole,  ///< the guest has said what matches
    kTcp,      ///< somebody listens at a port
    kHttp,     ///< a GET is answered
  };
  Kind kind = Kind::kConsole;
  std::string pattern;     ///< of kConsole: a regular expression (Pattern)
  std::uint16_t port = 0;  ///< of kTcp and kHttp: the guest's
  std::string path;        ///< of kHttp, from the '/' on
};

/// Reads "console:REGEX", "tcp:PORT" or "http:PORT/PATH".
base::Result<Condition> parse_condition(std::string_view text);

/// As parse_condition reads it.
std::string to_text(const Condition& condition);

/// An Error for the first that looks at a port which the guest does not have.
base::Result<void> check_ports(const std::vector<Condition>& conditions,
                               const std::vector<PortForward>& ports);

/// The guest's ports that they look at.
std::vector<std::uint16_t> ports_of(const std::vector<Condition>& conditions);

/// Waits until all hold, one after the other, within the time of the stage. Errors name the
/// condition: "ready 1/2 console:login: $".
base::Result<void> wait_until_ready(Stage& stage, const std::vector<Condition>& conditions);

}  // namespace gantry::vm
