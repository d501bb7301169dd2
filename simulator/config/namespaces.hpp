#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "config/description.hpp"
#include "config/key_table.hpp"
#include "config/problem.hpp"
#include "ssd/namespaces.hpp"

namespace gantry::config {

/// A namespace as a description has it.
struct NamespaceSize {
  std::string name;
  std::string text;          ///< "40%"
  std::uint64_t amount = 0;  ///< bytes, or the unit of Measure::kShare
  bool is_share = false;
};

/// What stands at /namespaces; what cannot be read is a problem.
std::vector<NamespaceSize> read_namespaces(const KeyForm& form, const nlohmann::json& value,
                                           std::vector<Problem>& problems);

/// One after another from page 0 on; what does not fit is a problem. The parameters are valid.
std::vector<ssd::Namespace> place(const std::vector<NamespaceSize>& sizes,
                                  const ssd::Parameters& parameters,
                                  std::vector<Problem>& problems);

nlohmann::ordered_json write_namespaces(const Description& description);

/// Those of a description; of one that names none, the one that has all pages.
std::vector<ssd::Namespace> namespaces(const Description& description);

/// The namespace of a number from 1 or of a name.
base::Result<ssd::Namespace> find_namespace(const Description& description,
                                            std::string_view number_or_name);

}  // namespace gantry::config
