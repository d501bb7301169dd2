#include "vm/agent_reply.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/agent_protocol.hpp"

namespace gantry::vm {

namespace {

constexpr std::size_t kShown = 1000;

}  // namespace

base::Error nonsense_while(std::string_view doing) {
  return {fmt::format("the guest's agent gave no answer that makes sense while {}", doing), "",
          "is its version that of the host?"};
}

std::string shortened(std::string_view text) {
  return base::printable(text.substr(0, kShown));
}

base::Result<void> check_length(const std::string& body, std::string_view what) {
  if (body.size() > agent::kLongestBody) {
    return base::Error{fmt::format("{} has {} bytes, more than the {} that the guest's agent takes",
                                   what, body.size(), agent::kLongestBody),
                       "", ""};
  }
  return {};
}

}  // namespace gantry::vm
