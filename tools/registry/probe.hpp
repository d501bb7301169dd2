#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "registry/http.hpp"
#include "registry/repository.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

enum class Support { kYes, kNo, kUnknown };

/// One thing that registries differ in.
struct Finding {
  std::string feature;  ///< "referrers", "mount", ...
  Support support = Support::kUnknown;
  std::string detail;  ///< what has been seen, or what it takes to find out
};

/// What a registry says to anybody who asks for /v2/: "api" and "auth". An Error if none answers
/// there.
base::Result<std::vector<Finding>> probe_endpoint(HttpClient& client, const Endpoint& registry);

/// What a repository shows to those who only read: "tags", "digests", "referrers", "ranges".
base::Result<std::vector<Finding>> probe_reading(const Repository& repository);

/// What it takes from those who write: "upload", "chunks", "upload-status", "mount",
/// "several-tags", "delete-tag", "delete". Leaves nothing behind where the registry lets it be
/// deleted.
base::Result<std::vector<Finding>> probe_writing(const Repository& pushing,
                                                 const Repository& deleting);

}  // namespace gantry::registry
