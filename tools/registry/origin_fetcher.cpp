#include "registry/origin_fetcher.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/parallel.hpp"
#include "base/progress.hpp"
#include "oci/user_cache.hpp"
#include "registry/cached_store.hpp"
#include "registry/download.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr unsigned kParallel = 4;  // blobs at a time

struct Wanted {
  oci::Descriptor blob;
  BlobOrigin origin;
};

/// The largest first.
Result<std::vector<Wanted>> lacking(std::span<const oci::Descriptor> blobs,
                                    const oci::BlobDirectory& into) {
  const BlobOrigins origins(into.root());
  std::vector<Wanted> wanted;
  std::set<content::Digest> seen;
  for (const auto& blob : blobs) {
    if (into.contains(blob) || !seen.insert(blob.digest).second) {
      continue;
    }
    GANTRY_TRY(auto origin, origins.find(blob.digest));
    if (origin) {
      wanted.push_back({blob, *std::move(origin)});
    }
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.blob.size > b.blob.size; });
  return wanted;
}

Error not_fetched(const Wanted& wanted, Error reason) {
  reason.what = fmt::format(
      "layer {} of the base '{}' is neither in the store nor in the cache, and cannot be fetched: "
      "{}",
      wanted.blob.digest.text(), wanted.origin.image, reason.what);
  return reason;
}

}  // namespace

Result<Repository> OriginFetcher::repository_of(const BlobOrigin& origin) const {
  GANTRY_TRY(const auto reference, parse_reference(origin.image));
  const auto key =
      fmt::format("{}\n{}\n{}\n{}", static_cast<int>(origin.transport), origin.ca_file.native(),
                  origin.client_certificate.native(), origin.client_key.native());
  const std::lock_guard lock(mutex_);
  auto& client = clients_[key];
  if (client == nullptr) {
    auto options = options_;
    options.transport = [transport = origin.transport](std::string_view) { return transport; };
    options.http.ca_file = origin.ca_file;
    options.http.client_certificate = origin.client_certificate;
    options.http.client_key = origin.client_key;
    GANTRY_TRY(client, Client::create(std::move(options)));
  }
  return client->repository(reference, Access::kPull);
}

Result<void> OriginFetcher::fetch(std::span<const oci::Descriptor> blobs,
                                  const oci::BlobDirectory& into) const {
  GANTRY_TRY(const auto wanted, lacking(blobs, into));
  if (wanted.empty()) {
    return {};
  }
  GANTRY_TRY(const auto store, oci::BlobStore::open(into.root()));
  GANTRY_TRY(const auto cache, oci::UserCache::from_environment());
  const CachedStore cached(store, cache ? &*cache : nullptr);
  std::vector<Wanted> remote;
  std::uint64_t bytes = 0;
  for (const auto& one : wanted) {
    GANTRY_TRY(const bool is_here, cached.take(one.blob));
    if (!is_here) {
      remote.push_back(one);
      bytes += one.blob.size;
    }
  }
  if (remote.empty()) {
    return {};
  }
  const auto progress = base::make_progress("pull " + remote.front().origin.image, bytes);
  return base::parallel_for(remote.size(), kParallel, [&](std::size_t i) -> Result<void> {
    const auto& [blob, origin] = remote[i];
    GANTRY_TRY(const auto repository, repository_of(origin));
    auto fetched = download_blob(repository, blob, cached.target(), *progress);
    return fetched ? cached.keep(blob) : not_fetched(remote[i], std::move(fetched).error());
  });
}

}  // namespace gantry::registry
