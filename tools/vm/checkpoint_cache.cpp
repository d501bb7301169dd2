#include "vm/checkpoint_cache.hpp"

#include <array>

#include <fmt/format.h>

#include "vm/checkpoint_transfer.hpp"

namespace gantry::vm {

using base::Result;

namespace {

base::Error without(base::Error error) {
  error.what = fmt::format("the cache of checkpoints is of no use: {}", error.what);
  return error;
}

Result<bool> fetch_from(const Store& store, registry::Client& client,
                        const registry::Reference& reference, const std::string& key,
                        const Platform& here) {
  GANTRY_TRY(const auto repository, client.repository(reference, registry::Access::kPull));
  GANTRY_TRY(const auto head, repository.head_manifest(reference.tag));
  if (!head) {
    return false;
  }
  auto exact = reference;
  exact.digest = head->digest;
  GANTRY_TRY(const auto pulled, pull_checkpoint(store, client, exact, here));
  if (pulled.checkpoint.key != key) {
    return base::Error{
        fmt::format("what it has is the checkpoint of another key, {}", pulled.checkpoint.key),
        registry::to_text(reference), ""};
  }
  return true;
}

}  // namespace

std::string cache_tag(const std::string& key) {
  return "ckpt-" + key;
}

bool CheckpointCache::fetch(const std::string& key, const Platform& here) const {
  auto reference = repository_;
  reference.tag = cache_tag(key);
  auto fetched = fetch_from(store_, client_, reference, key, here);
  if (!fetched) {
    warn_(without(std::move(fetched).error()));
    return false;
  }
  return *fetched;
}

void CheckpointCache::keep(const Checkpoint& checkpoint) const {
  const std::array tags{cache_tag(checkpoint.key)};
  if (auto pushed = push_checkpoint(store_, checkpoint, client_, repository_, tags); !pushed) {
    warn_(without(std::move(pushed).error()));
  }
}

}  // namespace gantry::vm
