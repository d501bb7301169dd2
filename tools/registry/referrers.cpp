#include "registry/referrers.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "oci/json_document.hpp"
#include "oci/manifest.hpp"
#include "oci/referrer.hpp"
#include "registry/next_page.hpp"
#include "registry/push.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

constexpr int kMaximumPages = 100;
constexpr int kMaximumAttempts = 30;

using Referrers = std::map<Digest, oci::Descriptor>;

void add(Referrers& referrers, const oci::Index& index) {
  for (const auto& manifest : index.manifests) {
    referrers.emplace(manifest.digest, manifest);
  }
}

bool is_index(const HttpResponse& response) {
  const auto type = response.headers.get("Content-Type");
  return type.substr(0, type.find(';')) == oci::media_type::kIndex;
}

/// By the registry's list; nothing if it has none. A page for people, which some registries have
/// for every unknown path, is none.
Result<std::optional<Referrers>> ask(const Repository& repository, const Digest& subject) {
  const auto step = fmt::format("referrers/{}", subject.text());
  auto operation = repository.operation("GET", step);
  Referrers referrers;
  for (int page = 0; page < kMaximumPages; ++page) {
    operation.request.headers.emplace_back("Accept", oci::media_type::kIndex);
    operation.request.maximum_body = oci::kMaximumDocument;
    GANTRY_TRY(const auto answer, repository.session().perform(std::move(operation)).answer);
    const auto status = answer.response.status;
    if (status == 404 || status == 405 ||
        (answer.response.successful() && !is_index(answer.response))) {
      return std::optional<Referrers>();
    }
    if (!answer.response.successful()) {
      return repository.failed(answer, "GET " + step);
    }
    GANTRY_TRY(const auto index, oci::parse_index(answer.response.body, shown(answer.url)));
    const auto known = referrers.size();
    add(referrers, index);
    const auto next = next_page(answer.response);
    if (next.empty() || referrers.size() == known) {  // a page without anything new leads nowhere
      return std::optional(std::move(referrers));
    }
    GANTRY_TRY(auto url, resolve_url(answer.url, next));
    operation = repository.operation_at("GET", std::move(url));
  }
  return Error{"the list of what is attached does not end", repository.name(), ""};
}

/// The index under the tag that stands for a list.
struct TaggedIndex {
  oci::Index index = {};
  bool exists = false;
  std::string entity_tag = {};  ///< empty: the registry gives none
};

class TagList {
 public:
  TagList(const Repository& repository, const Digest& subject)
      : repository_(repository), path_("manifests/" + oci::referrers_tag(subject)) {}

  Result<TaggedIndex> read() const {
    auto operation = repository_.operation("GET", path_);
    operation.request.headers.emplace_back(
        "Accept", fmt::format("{}, {}", oci::media_type::kIndex, oci::media_type::kManifest));
    operation.request.maximum_body = oci::kMaximumDocument;
    GANTRY_TRY(const auto answer, repository_.session().perform(std::move(operation)).answer);
    if (answer.response.status == 404) {
      return TaggedIndex{};
    }
    if (!answer.response.successful()) {
      return repository_.failed(answer, "GET " + path_);
    }
    TaggedIndex tagged{.exists = true,
                       .entity_tag = std::string(answer.response.headers.get("ETag"))};
    GANTRY_TRY(tagged.index, oci::parse_index(answer.response.body, shown(answer.url)));
    return tagged;
  }

  /// False: somebody else was faster.
  Result<bool> write(const TaggedIndex& tagged) const {
    auto operation = repository_.operation("PUT", path_);
    TextBody body(oci::to_json(tagged.index));
    operation.request.body = &body;
    auto& headers = operation.request.headers;
    headers.emplace_back("Content-Type", oci::media_type::kIndex);
    if (!tagged.exists) {
      headers.emplace_back("If-None-Match", "*");
    } else if (!tagged.entity_tag.empty()) {
      headers.emplace_back("If-Match", tagged.entity_tag);
    }
    GANTRY_TRY(const auto answer, repository_.session().perform(std::move(operation)).answer);
    const auto status = answer.response.status;
    if (status == 412 || status == 409) {
      return false;
    }
    if (!answer.response.successful()) {
      auto error = repository_.failed(answer, "PUT " + path_);
      error.hint += error.hint.empty() ? "" : "; ";
      error.hint +=
          "the registry has no list of what is attached, and a tag that stands for one "
          "has to be allowed to move";
      return error;
    }
    return true;
  }

 private:
  const Repository& repository_;
  std::string path_;
};

bool lists(const oci::Index& index, const Digest& digest) {
  return std::any_of(index.manifests.begin(), index.manifests.end(),
                     [&](const oci::Descriptor& manifest) { return manifest.digest == digest; });
}

/// Waits so long that whoever has read before us has written by then, if he is not much slower.
void settle(std::chrono::steady_clock::duration step, const RetryPolicy& policy) {
  static thread_local std::minstd_rand random(std::random_device{}());
  using Clock = std::chrono::steady_clock;
  const auto shortest = std::max<Clock::duration>(2 * step, policy.first);
  std::uniform_int_distribution<Clock::rep> wait(shortest.count(), 2 * shortest.count());
  std::this_thread::sleep_for(Clock::duration(wait(random)));
}

Result<bool> add_to_tag(const Repository& repository, const Digest& subject,
                        const oci::Descriptor& referrer) {
  const TagList list(repository, subject);
  const auto& policy = repository.session().policy();
  for (int attempt = 0; attempt < kMaximumAttempts; ++attempt) {
    if (base::interrupted()) {
      return Error{"interrupted", "", ""};
    }
    const auto begin = std::chrono::steady_clock::now();
    GANTRY_TRY(auto tagged, list.read());
    if (lists(tagged.index, referrer.digest)) {
      return attempt > 0;
    }
    tagged.index.manifests.push_back(referrer);
    GANTRY_TRY(const bool written, list.write(tagged));
    static_cast<void>(written);
    settle(std::chrono::steady_clock::now() - begin, policy);
  }
  return Error{"the list of what is attached is overwritten by others again and again",
               fmt::format("{}:{}", repository.name(), oci::referrers_tag(subject)), ""};
}

}  // namespace

Result<std::vector<oci::Descriptor>> list_referrers(const Repository& repository,
                                                    const Digest& subject) {
  GANTRY_TRY(auto referrers, ask(repository, subject));
  if (!referrers) {
    GANTRY_TRY(const auto tagged, TagList(repository, subject).read());
    referrers.emplace();
    add(*referrers, tagged.index);
  }
  std::vector<oci::Descriptor> list;
  for (auto& [digest, descriptor] : *referrers) {
    list.push_back(std::move(descriptor));
  }
  return list;
}

Result<bool> push_referrer(const Repository& repository, const oci::BlobDirectory& from,
                           const oci::Descriptor& descriptor, BlobLocations& locations) {
  const auto where = from.path_of(descriptor.digest).native();
  GANTRY_TRY(const auto json, from.read_document(descriptor));
  GANTRY_TRY(const auto manifest, oci::parse_manifest(json, where));
  if (!manifest.subject) {
    return Error{"the manifest is not about another one: it has no subject", where, ""};
  }
  GANTRY_TRY(const auto pushed, push_image(repository, from, descriptor, {}, locations));
  GANTRY_TRY(const auto listed, ask(repository, manifest.subject->digest));
  if (listed && listed->contains(descriptor.digest)) {
    return pushed.changed;
  }
  // A list that leaves it out is one of a registry that does not know subjects.
  return add_to_tag(repository, manifest.subject->digest,
                    oci::describe_referrer(descriptor, manifest));
}

}  // namespace gantry::registry
