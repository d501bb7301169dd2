#include "oci/platform_choice.hpp"

#include <set>
#include <string>

#include <fmt/format.h>

namespace gantry::oci {

base::Result<std::vector<Descriptor>> entries_for(std::span<const Descriptor> entries,
                                                  const Platform& wanted, std::string_view where) {
  std::vector<Descriptor> chosen;
  std::set<std::string> others;
  for (const auto& entry : entries) {
    if (!entry.platform) {
      continue;
    }
    if (entry.platform->serves(wanted)) {
      chosen.push_back(entry);
    } else if (entry.platform->os != "unknown") {  // that is how BuildKit lists its attestations
      others.insert(entry.platform->text());
    }
  }
  if (chosen.empty()) {
    return base::Error{fmt::format("no image for {}", wanted.text()), std::string(where),
                       others.empty() ? "" : fmt::format("there is: {}", fmt::join(others, ", "))};
  }
  return chosen;
}

base::Result<Descriptor> choose_entry(const Index& index, const Platform& wanted,
                                      std::string_view where) {
  if (index.manifests.size() == 1 && !index.manifests.front().platform) {
    return index.manifests.front();
  }
  GANTRY_TRY(auto chosen, entries_for(index.manifests, wanted, where));
  return std::move(chosen.front());
}

}  // namespace gantry::oci
