#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "registry/client.hpp"
#include "registry/reference.hpp"
#include "vm/checkpoint.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// The tag under which a cache has the checkpoint of a key.
std::string cache_tag(const std::string& key);

/// A repository that several machines share, for checkpoints by their keys. What goes wrong with it
/// is warned of and costs building a checkpoint, never a build.
class CheckpointCache {
 public:
  /// All of them must outlive it.
  CheckpointCache(const Store& store, registry::Client& client, registry::Reference repository,
                  std::function<void(const base::Error&)> warn)
      : store_(store),
        client_(client),
        repository_(std::move(repository)),
        warn_(std::move(warn)) {}

  /// True if the store has the checkpoint now.
  bool fetch(const std::string& key, const Platform& here) const;

  void keep(const Checkpoint& checkpoint) const;

 private:
  const Store& store_;
  registry::Client& client_;
  registry::Reference repository_;
  std::function<void(const base::Error&)> warn_;
};

}  // namespace gantry::vm
