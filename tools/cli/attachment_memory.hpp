#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::cli {

/// Which manifests were attached before, by keys that name all that decides them, in a file. Only a
/// hint, which spares making a document again: what is not there any more must be looked at. A file
/// that is missing or damaged is an empty one.
class AttachmentMemory {
 public:
  /// An empty path: nothing is kept.
  static AttachmentMemory open(std::filesystem::path path);

  std::optional<content::Digest> find(const content::Digest& key) const;

  void keep(const content::Digest& key, const content::Digest& manifest);

  /// Writes what has been kept, and nothing else that was there: so it does not grow.
  base::Result<void> save() const;

 private:
  std::filesystem::path path_;
  std::map<content::Digest, content::Digest> before_;
  std::map<content::Digest, content::Digest> kept_;
};

}  // namespace gantry::cli
