#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// A tag whose document several may change at once, and none of whose changes may get lost: an
/// index that stands for a list of referrers, or a manifest that holds signatures.
class SharedTag {
 public:
  /// repository must outlive it. noun is what the document is called in errors, and hint says why
  /// the tag has to move.
  SharedTag(const Repository& repository, std::string tag, std::string noun, std::string hint);

  /// The document as it is now; nothing if there is none.
  base::Result<std::optional<std::string>> read() const;

  /// The changed document; nothing if there is nothing to change. May be asked again.
  using Change = std::function<base::Result<std::optional<std::string>>(
      const std::optional<std::string>& document)>;

  /// Reads the document, changes it, writes it under the condition that it is still the same (where
  /// the registry knows conditions), and reads it again, until the change stays. False if there was
  /// nothing to change.
  base::Result<bool> change(std::string_view media_type, const Change& change) const;

 private:
  struct State {
    std::optional<std::string> document = {};
    std::string entity_tag = {};  ///< empty: the registry gives none
  };
  base::Result<State> read_state() const;
  base::Result<bool> write(const State& state, std::string_view media_type,
                           std::string document) const;

  const Repository& repository_;
  std::string tag_;
  std::string path_;
  std::string noun_;
  std::string hint_;
};

}  // namespace gantry::registry
