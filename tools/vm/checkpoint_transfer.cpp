#include "vm/checkpoint_transfer.hpp"

#include <mutex>

#include <fmt/format.h>

#include "base/file.hpp"
#include "oci/image.hpp"
#include "registry/download.hpp"
#include "registry/pull.hpp"
#include "registry/push.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// Packs layers that the registry lacks.
class LayerSupply : public registry::BlobSupply {
 public:
  explicit LayerSupply(PackedCheckpoints& packed) : packed_(packed) {}

  Result<void> bring(const oci::Descriptor& blob) override {
    const std::scoped_lock lock(mutex_);
    if (!packed_.blobs().blobs().contains(blob)) {
      GANTRY_CHECK(packed_.make(blob));
    }
    return {};
  }
  void release(const oci::Descriptor& /*blob*/) override {}

 private:
  PackedCheckpoints& packed_;
  std::mutex mutex_;
};

}  // namespace

Result<PushedCheckpoint> push_checkpoint(const Store& store, const Checkpoint& checkpoint,
                                         registry::Client& client,
                                         const registry::Reference& repository,
                                         std::span<const std::string> tags) {
  GANTRY_TRY(auto packed, PackedCheckpoints::open(store));
  PushedCheckpoint pushed;
  GANTRY_TRY(pushed.packed, packed.pack(checkpoint));
  GANTRY_TRY(const auto target, client.repository(repository, registry::Access::kPush));
  auto locations = client.locations(target);
  LayerSupply supply(packed);
  registry::PushHooks hooks;
  hooks.supply = &supply;
  auto sent = registry::push_image(target, packed.blobs().blobs(), pushed.packed.manifest, tags,
                                   locations, hooks);
  GANTRY_CHECK(packed.discard());
  if (!sent) {
    return std::move(sent).error();
  }
  pushed.changed = sent->changed;
  pushed.sent_layers = sent->sent_blobs;
  pushed.sent_bytes = sent->sent_bytes;
  return pushed;
}

Result<UnpackedCheckpoint> pull_checkpoint(const Store& store, registry::Client& client,
                                           const registry::Reference& reference,
                                           const Platform& here) {
  GANTRY_TRY(const auto repository, client.repository(reference, registry::Access::kPull));
  const auto name = reference.digest ? reference.digest->text()
                                     : (reference.tag.empty() ? "latest" : reference.tag);
  PublishedCheckpoint published;
  published.where = registry::where_of(repository, name);
  GANTRY_TRY(const auto document, registry::find_document(repository, name));
  if (!oci::media_type::is_manifest(document.descriptor.media_type)) {
    return base::Error{"this is no checkpoint of Gantry, but an index", published.where, ""};
  }
  GANTRY_TRY(published.manifest, oci::parse_manifest(document.content, published.where));
  GANTRY_CHECK(check_checkpoint_manifest(published.manifest, published.where));
  GANTRY_TRY(published.config, repository.get_document(published.manifest.config));
  GANTRY_TRY(const auto packed, PackedCheckpoints::open(store));
  const auto& blobs = packed.blobs().blobs();
  const registry::BlobTarget target{blobs, blobs.root() / "tmp"};
  published.fetch = [&](const oci::Descriptor& layer,
                        base::Progress& progress) -> Result<std::filesystem::path> {
    GANTRY_CHECK(registry::download_blob(repository, layer, target, progress));
    return blobs.path_of(layer.digest);
  };
  published.release = [&](const oci::Descriptor& layer) {
    static_cast<void>(base::remove_tree(blobs.path_of(layer.digest)));
  };
  return unpack_checkpoint(published, store, packed, here);
}

Result<UnpackedCheckpoint> pull_checkpoint_from_layout(const Store& store,
                                                       const std::string& reference,
                                                       const Platform& here) {
  GANTRY_TRY(const auto root, oci::open_root(reference));
  PublishedCheckpoint published;
  published.where = reference;
  if (!oci::media_type::is_manifest(root.descriptor.media_type)) {
    return base::Error{"this is no checkpoint of Gantry, but an index", reference, ""};
  }
  GANTRY_TRY(const auto document, root.blobs.read_document(root.descriptor));
  GANTRY_TRY(published.manifest, oci::parse_manifest(document, reference));
  GANTRY_CHECK(check_checkpoint_manifest(published.manifest, reference));
  GANTRY_TRY(published.config, root.blobs.read_document(published.manifest.config));
  GANTRY_TRY(const auto packed, PackedCheckpoints::open(store));
  published.fetch = [&](const oci::Descriptor& layer,
                        base::Progress& progress) -> Result<std::filesystem::path> {
    GANTRY_CHECK(root.blobs.verify(layer));
    progress.advance(layer.size);
    return root.blobs.path_of(layer.digest);
  };
  published.release = [](const oci::Descriptor&) {};
  return unpack_checkpoint(published, store, packed, here);
}

}  // namespace gantry::vm
