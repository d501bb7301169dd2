#include "vm/step.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "vm/host_tree.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

using Named = std::pair<std::string_view, Step::Kind>;

constexpr std::array<Named, 6> kKinds{{{"console", Step::Kind::kConsole},
                                       {"agent", Step::Kind::kAgent},
                                       {"copy", Step::Kind::kCopy},
                                       {"keys", Step::Kind::kKeys},
                                       {"browser", Step::Kind::kBrowser},
                                       {"ssh", Step::Kind::kSsh}}};

}  // namespace

std::string_view name_of(Step::Kind kind) {
  return std::find_if(kKinds.begin(), kKinds.end(),
                      [kind](const Named& named) { return named.second == kind; })
      ->first;
}

Result<Step> parse_step(std::string_view text) {
  const auto colon = text.find(':');
  const auto word = text.substr(0, colon);
  const auto* const known = std::find_if(
      kKinds.begin(), kKinds.end(), [word](const Named& named) { return named.first == word; });
  if (colon == std::string_view::npos || known == kKinds.end()) {
    return wrong_value(text,
                       "a step (console:FILE, agent:FILE, copy:FILE=PATH, keys:FILE, browser:FILE, "
                       "ssh:FILE)");
  }
  const auto rest = text.substr(colon + 1);
  Step step;
  step.kind = known->second;
  step.file = rest;
  if (step.kind == Step::Kind::kCopy) {
    const auto equals = rest.rfind('=');
    if (equals == std::string_view::npos || !rest.substr(equals + 1).starts_with('/')) {
      return wrong_value(rest, "FILE=PATH with an absolute path in the guest");
    }
    step.file = rest.substr(0, equals);
    step.destination = rest.substr(equals + 1);
    if (!step.file.has_filename() && step.file.has_parent_path()) {
      step.file = step.file.parent_path();  // "conf/": its name is for messages
    }
  }
  if (step.file.empty()) {
    return wrong_value(text, "a step, since it names no file");
  }
  return step;
}

Result<std::vector<std::filesystem::path>> inputs_of(const Step& step) {
  std::error_code failure;
  if (std::filesystem::is_directory(step.file, failure)) {
    return inputs_of_tree(step.file);
  }
  return std::vector<std::filesystem::path>{step.file};
}

}  // namespace gantry::vm
