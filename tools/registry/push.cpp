#include "registry/push.hpp"

#include <algorithm>
#include <atomic>
#include <set>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "oci/manifest.hpp"
#include "registry/image_documents.hpp"
#include "registry/upload.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

constexpr unsigned kParallel = 4;  // blobs at a time
constexpr int kMaximumLooks = 20;  // for releases that have overtaken this one

std::vector<std::string> in_order(std::span<const std::string> tags) {
  std::vector<std::string> ordered;
  for (const auto& tag : tags) {
    if (std::find(ordered.begin(), ordered.end(), tag) == ordered.end()) {
      ordered.push_back(tag);
    }
  }
  std::stable_partition(ordered.begin(), ordered.end(),
                        [](const auto& tag) { return tag != "latest"; });
  return ordered;
}

class Push {
 public:
  Push(const Repository& repository, const oci::BlobDirectory& from, const oci::Descriptor& root,
       BlobLocations& locations, const PushHooks& hooks)
      : repository_(repository), from_(from), root_(root), locations_(locations), hooks_(hooks) {}

  Result<Pushed> run(std::vector<std::string> tags) {
    GANTRY_CHECK(look_at(std::move(tags)));
    if (is_there_ && tags_.empty()) {
      GANTRY_CHECK(prepare_tags());
      return Pushed{};
    }
    GANTRY_TRY(documents_, read_documents(from_, root_));
    if (!is_there_) {
      GANTRY_CHECK(upload_blobs());
      for (std::size_t i = 0; i + 1 < documents_.manifests.size(); ++i) {
        GANTRY_CHECK(put_child(documents_.manifests[i]));
      }
    }
    const bool was_there = is_there_;
    GANTRY_CHECK(prepare_tags());
    GANTRY_TRY(const bool tagged, put_root());
    if (was_there && !tagged) {
      return Pushed{};
    }
    remember();
    return Pushed{true, sent_blobs_, sent_bytes_};
  }

 private:
  /// Which tags must be set, and what the repository has for sure: all that the image has which
  /// is there now.
  Result<void> look_at(std::vector<std::string> tags) {
    const auto reference = tags.empty() ? root_.digest.text() : tags.front();
    GANTRY_TRY(auto head, repository_.head_manifest(reference));
    is_there_ = head && head->digest == root_.digest;
    if (!is_there_) {
      tags_ = std::move(tags);
      return head ? learn_from(*std::move(head)) : Result<void>();
    }
    return look_at_others(tags);
  }

  Result<void> look_at_others(std::span<const std::string> tags) {
    std::vector<std::optional<Digest>> named(tags.size(), root_.digest);
    GANTRY_CHECK(base::parallel_for(
        tags.empty() ? 0 : tags.size() - 1, kParallel, [&](std::size_t index) -> Result<void> {
          GANTRY_TRY(const auto head, repository_.head_manifest(tags[index + 1]));
          named[index + 1] = head ? std::optional(head->digest) : std::nullopt;
          return {};
        }));
    for (std::size_t i = 0; i < tags.size(); ++i) {
      if (named[i] != root_.digest) {
        tags_.push_back(tags[i]);
      }
    }
    return {};
  }

  Result<void> learn_from(ManifestHead head) {
    auto document = std::move(head.document);
    if (!document) {
      GANTRY_TRY(document, repository_.get_manifest(head.digest.text()));
    }
    // What is there may be anything: what cannot be read is not of use.
    if (!document) {
      return {};
    }
    const auto& type = document->descriptor.media_type;
    if (oci::media_type::is_index(type)) {
      if (const auto index = oci::parse_index(document->content, "the registry's index")) {
        for (const auto& child : index->manifests) {
          there_.insert(child.digest);
        }
      }
    } else if (const auto manifest = oci::parse_manifest(document->content, "its manifest")) {
      there_.insert(manifest->config.digest);
      for (const auto& layer : manifest->layers) {
        there_.insert(layer.digest);
      }
    }
    return {};
  }

  Result<void> upload_blobs() {
    std::vector<oci::Descriptor> missing;
    std::uint64_t bytes = 0;
    const auto in_images_there = blobs_of_children_there();
    for (const auto& blob : documents_.blobs) {
      if (!there_.contains(blob.digest) && !in_images_there.contains(blob.digest)) {
        missing.push_back(blob);
        bytes += blob.size;
      }
    }
    return upload(missing, bytes);
  }

  /// An image of the new index that the old one has too is there with all its blobs.
  std::set<Digest> blobs_of_children_there() const {
    std::set<Digest> blobs;
    for (const auto& document : documents_.manifests) {
      if (!there_.contains(document.descriptor.digest)) {
        continue;
      }
      if (const auto manifest = oci::parse_manifest(document.content, "")) {
        blobs.insert(manifest->config.digest);
        for (const auto& layer : manifest->layers) {
          blobs.insert(layer.digest);
        }
      }
    }
    return blobs;
  }

  Result<void> upload(const std::vector<oci::Descriptor>& blobs, std::uint64_t bytes) {
    const auto progress = base::make_progress("push " + repository_.name(), bytes);
    return base::parallel_for(blobs.size(), kParallel,
                              [&](std::size_t index) { return provide(blobs[index], *progress); });
  }

  /// Has the repository have the blob: by what it has, what another has, or what we have.
  Result<void> provide(const oci::Descriptor& blob, base::Progress& progress) {
    if (!record_is_wrong_ && locations_.has(blob.digest, repository_.name())) {
      GANTRY_TRY(const bool there, repository_.head_blob(blob.digest));
      if (there) {
        progress.advance(blob.size);
        return {};
      }
      record_is_wrong_ = true;
    }
    std::optional<UploadSession> session;
    if (!repository_.session().memory().refuses_mounts()) {
      const auto from = locations_.elsewhere(blob.digest, repository_.name());
      GANTRY_TRY(session, repository_.mount_blob(blob.digest, from.value_or(repository_.name())));
      if (!session) {
        progress.advance(blob.size);
        return {};
      }
    }
    // What we would have to fetch ourselves, in order to send it, is worth a question.
    if (from_.fetcher() != nullptr && !from_.contains(blob)) {
      GANTRY_TRY(const bool there, repository_.head_blob(blob.digest));
      if (there) {
        progress.advance(blob.size);
        return {};
      }
    }
    return send(blob, std::move(session), progress);
  }

  Result<void> send(const oci::Descriptor& blob, std::optional<UploadSession> session,
                    base::Progress& progress) {
    if (hooks_.supply != nullptr) {
      GANTRY_CHECK(hooks_.supply->bring(blob));
    }
    BlobUpload upload(repository_, from_, blob, progress);
    auto sent = upload.run(std::move(session));
    if (hooks_.supply != nullptr) {
      hooks_.supply->release(blob);
    }
    GANTRY_CHECK(std::move(sent));
    ++sent_blobs_;
    sent_bytes_ += blob.size;
    return {};
  }

  Result<void> put_child(const ManifestDocument& document) {
    if (there_.contains(document.descriptor.digest)) {
      return {};
    }
    GANTRY_TRY(const auto stored, put(document.descriptor.digest.text(), document, {}));
    static_cast<void>(stored);
    return {};
  }

  /// A registry that lacks blobs, which it had by its own words, gets them once more.
  Result<StoredManifest> put(const std::string& reference, const ManifestDocument& document,
                             std::span<const std::string> tags) {
    GANTRY_TRY(auto stored, repository_.put_manifest(reference, document, tags));
    if (stored.lacks_blobs && !std::exchange(sent_again_, true)) {
      GANTRY_CHECK(upload_lost());
      GANTRY_TRY(stored, repository_.put_manifest(reference, document, tags));
    }
    if (stored.lacks_blobs) {
      return Error{
          fmt::format("the registry says that it lacks blobs of {}, which it has taken",
                      document.descriptor.digest.text()),
          fmt::format("{}/{}", to_text(repository_.session().registry()), repository_.name()),
          "its storage may be damaged, or may just be cleaned up; push again later"};
    }
    return stored;
  }

  /// What HEAD says is there may be what the registry has lost; then only sending helps.
  Result<void> upload_lost() {
    std::vector<oci::Descriptor> lost;
    std::uint64_t bytes = 0;
    for (const auto& blob : documents_.blobs) {
      GANTRY_TRY(const bool there, repository_.head_blob(blob.digest));
      if (!there) {
        lost.push_back(blob);
        bytes += blob.size;
      }
    }
    if (lost.empty()) {
      lost = documents_.blobs;
    }
    const auto progress = base::make_progress("push " + repository_.name(), bytes);
    return base::parallel_for(lost.size(), kParallel, [&](std::size_t index) {
      return send(lost[index], std::nullopt, *progress);
    });
  }

  Result<void> prepare_tags() {
    if (!hooks_.before_tags) {
      return {};
    }
    if (!is_there_) {
      GANTRY_TRY(const auto stored, put(root_.digest.text(), documents_.manifests.back(), {}));
      static_cast<void>(stored);
      is_there_ = true;
    }
    return hooks_.before_tags();
  }

  /// False: no tag was set, since none may be.
  Result<bool> put_root() {
    auto floating = tags_;
    const auto fixed = std::stable_partition(
        floating.begin(), floating.end(),
        [&](const auto& tag) { return hooks_.floating.names.count(tag) == 0; });
    const std::vector<std::string> others(floating.begin(), fixed);
    floating.erase(floating.begin(), fixed);
    if (!others.empty() || !is_there_) {
      GANTRY_CHECK(put_tags(others));
    }
    if (!floating.empty()) {
      GANTRY_TRY(const auto above, hooks_.floating.releases_above(floating));
      std::erase_if(floating, [&](const auto& tag) { return above.count(tag) != 0; });
    }
    if (!floating.empty()) {
      GANTRY_CHECK(put_tags(floating));
      GANTRY_CHECK(give_back(floating));
    }
    return !others.empty() || !floating.empty();
  }

  Result<void> put_tags(const std::vector<std::string>& tags) {
    const auto& document = documents_.manifests.back();
    if (tags.size() <= 1) {
      const auto stored = put(tags.empty() ? root_.digest.text() : tags.front(), document, {});
      return stored ? Result<void>() : stored.error();
    }
    std::vector<std::string> set;
    if (!sets_one_tag_) {
      GANTRY_TRY(auto stored, put(root_.digest.text(), document, tags));
      sets_one_tag_ = stored.tags.empty();
      set = std::move(stored.tags);
    }
    for (const auto& tag : tags) {
      if (std::find(set.begin(), set.end(), tag) == set.end()) {
        GANTRY_TRY(const auto tagged, put(tag, document, {}));
        static_cast<void>(tagged);
      }
    }
    return {};
  }

  /// Until nothing is above: what we give back may have been overtaken itself.
  Result<void> give_back(const std::vector<std::string>& tags) {
    ReleasesAbove given;
    for (int look = 0; look < kMaximumLooks; ++look) {
      GANTRY_TRY(auto above, hooks_.floating.releases_above(tags));
      if (above == given) {
        return {};
      }
      given = std::move(above);
      for (const auto& [tag, release] : given) {
        GANTRY_TRY(const auto document, repository_.get_manifest(release));
        if (document) {
          GANTRY_TRY(const auto stored, repository_.put_manifest(tag, *document, {}));
          static_cast<void>(stored);
        }
      }
    }
    return Error{
        fmt::format("there is a higher release again and again, after {} looks", kMaximumLooks),
        fmt::format("{}/{}", to_text(repository_.session().registry()), repository_.name()),
        "publish the highest again, so that these tags name it"};
  }

  void remember() {
    std::vector<Digest> digests;
    for (const auto& blob : documents_.blobs) {
      digests.push_back(blob.digest);
    }
    locations_.add(repository_.name(), digests);
  }

  const Repository& repository_;
  const oci::BlobDirectory& from_;
  const oci::Descriptor& root_;
  BlobLocations& locations_;
  const PushHooks& hooks_;
  ImageDocuments documents_;
  std::vector<std::string> tags_;  // which are not yet as they must be
  bool is_there_ = false;          // the root, and so all of it
  bool sent_again_ = false;
  bool sets_one_tag_ = false;  // the registry, with a request
  std::set<Digest> there_;
  std::atomic<bool> record_is_wrong_ = false;
  std::atomic<std::size_t> sent_blobs_ = 0;
  std::atomic<std::uint64_t> sent_bytes_ = 0;
};

}  // namespace

Result<Pushed> push_image(const Repository& repository, const oci::BlobDirectory& from,
                          const oci::Descriptor& root, std::span<const std::string> tags,
                          BlobLocations& locations, const PushHooks& hooks) {
  return Push(repository, from, root, locations, hooks).run(in_order(tags));
}

}  // namespace gantry::registry
