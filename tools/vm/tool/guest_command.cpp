#include "vm/tool/guest_command.hpp"

#include <chrono>
#include <cstdio>
#include <string_view>

namespace gantry::vm {

base::Error no_agent() {
  return {"the guest has no agent to run commands", "",
          "start gantry-guest-agent in it before it is saved"};
}

base::Result<int> run_in_guest(AgentClient& agent, const std::vector<std::string>& words,
                               const std::string& input) {
  const auto print = [](AgentStream stream, std::string_view text) -> base::Result<void> {
    auto* const file = stream == AgentStream::kOutput ? stdout : stderr;
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
      return base::errno_error("write", "what the command says");
    }
    return {};
  };
  GANTRY_TRY(const auto exited,
             agent.execute({words, {}, {}, false}, input, print, after(std::chrono::hours(24))));
  return static_cast<int>(exited.by_signal ? 128 + exited.code : exited.code);
}

}  // namespace gantry::vm
