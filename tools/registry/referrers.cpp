#include "registry/referrers.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "oci/json_document.hpp"
#include "oci/manifest.hpp"
#include "oci/referrer.hpp"
#include "registry/next_page.hpp"
#include "registry/push.hpp"
#include "registry/shared_tag.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

constexpr int kMaximumPages = 100;

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

SharedTag tag_list(const Repository& repository, const Digest& subject) {
  return {repository, oci::referrers_tag(subject), "the list of what is attached",
          "the registry has no list of what is attached, and a tag that stands for one has to be "
          "allowed to move"};
}

/// The index under the tag that stands for a list.
Result<oci::Index> parse_list(const std::optional<std::string>& document, const Digest& subject) {
  return document ? oci::parse_index(*document, oci::referrers_tag(subject))
                  : Result<oci::Index>(oci::Index{});
}

Result<bool> add_to_tag(const Repository& repository, const Digest& subject,
                        const oci::Descriptor& referrer) {
  return tag_list(repository, subject)
      .change(
          oci::media_type::kIndex,
          [&](const std::optional<std::string>& document) -> Result<std::optional<std::string>> {
            GANTRY_TRY(auto index, parse_list(document, subject));
            if (std::any_of(index.manifests.begin(), index.manifests.end(),
                            [&](const oci::Descriptor& manifest) {
                              return manifest.digest == referrer.digest;
                            })) {
              return std::optional<std::string>();
            }
            index.manifests.push_back(referrer);
            return std::optional(oci::to_json(index));
          });
}

}  // namespace

Result<std::vector<oci::Descriptor>> list_referrers(const Repository& repository,
                                                    const Digest& subject) {
  GANTRY_TRY(auto referrers, ask(repository, subject));
  if (!referrers) {
    GANTRY_TRY(const auto document, tag_list(repository, subject).read());
    GANTRY_TRY(const auto index, parse_list(document, subject));
    referrers.emplace();
    add(*referrers, index);
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
