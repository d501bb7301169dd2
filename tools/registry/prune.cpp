#include "registry/prune.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fnmatch.h>

#include "base/text.hpp"
#include "oci/referrer.hpp"
#include "registry/stored_images.hpp"
#include "registry/tags.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using content::Digest;

namespace {

/// Reproducible builds that know no time write the begin of Unix' or of ZIP's.
constexpr std::int64_t kFirstRealTime = 347155200;  // 1981-01-01

bool matches(const std::vector<std::string>& patterns, const std::string& tag) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), tag.c_str(), 0) == 0;
  });
}

/// 1, 1.2, 1.2.3, with or without v.
bool is_release(std::string_view tag) {
  if (tag.starts_with('v')) {
    tag.remove_prefix(1);
  }
  const auto parts = base::split(tag, '.');
  return parts.size() <= 3 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return base::parse_unsigned(part).has_value();
         });
}

Result<void> check(const Retention& retention) {
  if (!retention.keep && !retention.older_than) {
    return Error{"nothing says what stays", "",
                 "--keep N keeps the newest, --older-than 30d all that is younger"};
  }
  return {};
}

/// Digests below some tags, themselves included.
class Planner {
 public:
  Planner(StoredImages& images, PrunePlan& plan) : images_(images), plan_(plan) {}

  Result<void> run() {
    std::set<Digest> kept;
    std::set<Digest> gone;
    for (const auto& decision : plan_.tags) {
      if (!oci::subject_of_tag(decision.image.tag)) {
        GANTRY_CHECK(images_.add_below(decision.image.digest, decision.goes ? gone : kept));
      }
    }
    GANTRY_CHECK(follow_subjects(gone, kept));
    for (const auto& digest : gone) {
      if (!kept.contains(digest)) {
        plan_.manifests.push_back(digest);
      }
    }
    std::stable_partition(plan_.manifests.begin(), plan_.manifests.end(),
                          [&](const Digest& digest) { return images_.is_index(digest); });
    for (const auto& decision : plan_.tags) {
      if (decision.goes && kept.contains(decision.image.digest)) {
        plan_.tags_alone.push_back(decision.image.tag);
      }
    }
    return {};
  }

 private:
  /// What is attached to an image by a tag goes with it, and only with it.
  Result<void> follow_subjects(std::set<Digest>& gone, std::set<Digest>& kept) {
    const auto images_that_go = gone;
    const auto images_that_stay = kept;
    for (auto& decision : plan_.tags) {
      const auto subject = oci::subject_of_tag(decision.image.tag);
      if (!subject) {
        continue;
      }
      decision.goes = images_that_go.contains(*subject) && !images_that_stay.contains(*subject);
      decision.reason = decision.goes ? "" : "attached to an image";
      GANTRY_CHECK(images_.add_below(decision.image.digest, decision.goes ? gone : kept));
    }
    return {};
  }

  StoredImages& images_;
  PrunePlan& plan_;
};

}  // namespace

Result<std::int64_t> parse_age(std::string_view text) {
  constexpr std::string_view kUnits = "smhdw";
  constexpr std::int64_t kSeconds[] = {1, 60, 3600, 86400, 604800};
  constexpr std::uint64_t kMaximum = 1'000'000;
  const auto unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  const auto count = unit == std::string_view::npos
                         ? std::nullopt
                         : base::parse_unsigned(text.substr(0, text.size() - 1));
  if (!count || *count > kMaximum) {
    return Error{fmt::format("'{}' is no age", base::printable(text)), "",
                 "an age is a number and a unit: 90m, 12h, 30d, 2w"};
  }
  return static_cast<std::int64_t>(*count) * kSeconds[unit];
}

std::string reason_to_stay(const std::string& tag, const Retention& retention) {
  if (oci::subject_of_tag(tag)) {
    return "attached to an image";
  }
  if (matches(retention.protect, tag)) {
    return "protected";
  }
  if (!retention.match.empty()) {
    return matches(retention.match, tag) ? "" : "not matched";
  }
  if (tag == "latest" || tag == "edge") {
    return tag;
  }
  return is_release(tag) ? "a release" : "";
}

std::vector<Decision> decide(std::span<const TaggedImage> images, const Retention& retention,
                             std::int64_t now) {
  std::vector<Decision> decisions;
  std::vector<std::size_t> open;
  for (const auto& image : images) {
    auto reason = reason_to_stay(image.tag, retention);
    if (reason.empty() && image.created.value_or(0) < kFirstRealTime) {
      reason = "no time of creation";
    }
    if (reason.empty()) {
      open.push_back(decisions.size());
    }
    decisions.push_back({image, reason.empty(), std::move(reason)});
  }
  std::stable_sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
    const auto& first = decisions[a].image;
    const auto& second = decisions[b].image;
    return std::tie(*first.created, first.tag) > std::tie(*second.created, second.tag);
  });
  for (std::size_t i = 0; i < open.size(); ++i) {
    auto& decision = decisions[open[i]];
    if (retention.keep && i < *retention.keep) {
      decision.reason = fmt::format("one of the newest {}", *retention.keep);
    } else if (retention.older_than && *decision.image.created >= now - *retention.older_than) {
      decision.reason = "not old enough";
    }
    decision.goes = decision.reason.empty();
  }
  return decisions;
}

Result<PrunePlan> plan_prune(const Repository& repository, const Retention& retention,
                             std::int64_t now) {
  GANTRY_CHECK(check(retention));
  GANTRY_TRY(const auto tags, list_tags(repository));
  StoredImages images(repository);
  GANTRY_TRY(auto tagged, images.read(tags, [&](const std::string& tag) {
    return reason_to_stay(tag, retention).empty();
  }));
  PrunePlan plan;
  plan.tags = decide(tagged, retention, now);
  GANTRY_CHECK(Planner(images, plan).run());
  return plan;
}

Result<Pruned> prune(const Repository& repository, const PrunePlan& plan) {
  Pruned pruned;
  for (const auto& tag : plan.tags_alone) {
    GANTRY_TRY(const auto done, repository.delete_manifest(tag));
    if (done == Deletion::kRefused) {
      pruned.refused.push_back(tag);
    } else {
      ++pruned.tags_alone;
    }
  }
  for (const auto& digest : plan.manifests) {
    GANTRY_TRY(const auto done, repository.delete_manifest(digest.text()));
    if (done == Deletion::kRefused) {
      return Error{
          "the registry does not delete images",
          fmt::format("{}/{}@{}", to_text(repository.session().registry()), repository.name(),
                      digest.text()),
          "many must be told to allow it (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true), "
          "others have rules of their own for it"};
    }
    pruned.manifests += done == Deletion::kDone ? 1 : 0;
  }
  return pruned;
}

}  // namespace gantry::registry
