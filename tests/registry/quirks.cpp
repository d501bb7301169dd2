#include "tests/registry/quirks.hpp"

#include <functional>
#include <map>
#include <type_traits>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::test_registry {

namespace {

using Setter = std::function<bool(Quirks&, std::string_view)>;

Setter flag(bool Quirks::*member) {
  return [member](Quirks& quirks, std::string_view value) {
    quirks.*member = value.empty() || value == "on";
    return value.empty() || value == "on" || value == "off";
  };
}

template <class Number>
Setter number(Number Quirks::*member) {
  return [member](Quirks& quirks, std::string_view text) {
    const auto value = base::parse_byte_size(text);
    quirks.*member = static_cast<Number>(value.value_or(0));
    return value.has_value();
  };
}

template <class Enum>
Setter choice(Enum Quirks::*member, std::map<std::string_view, Enum> values) {
  return [member, values = std::move(values)](Quirks& quirks, std::string_view text) {
    const auto found = values.find(text);
    if (found != values.end()) {
      quirks.*member = found->second;
    }
    return found != values.end();
  };
}

bool set_config_types(Quirks& quirks, std::string_view text) {
  for (const std::string_view type : base::split(text, '|')) {
    quirks.config_types.emplace_back(type);
  }
  return !text.empty();
}

const std::map<std::string_view, Setter>& setters() {
  static const std::map<std::string_view, Setter> kSetters = {
      {"location", choice(&Quirks::location, {{"absolute", Location::kAbsolute},
                                              {"relative", Location::kRelative},
                                              {"foreign-host", Location::kForeignHost}})},
      {"state-query", flag(&Quirks::state_query)},
      {"rotating-session-url", flag(&Quirks::rotating_session_url)},
      {"stale-session", flag(&Quirks::stale_session)},
      {"no-upload-status", flag(&Quirks::no_upload_status)},
      {"sticky-range", flag(&Quirks::sticky_range)},
      {"zero-range-on-start", flag(&Quirks::zero_range_on_start)},
      {"ignore-content-range", flag(&Quirks::ignore_content_range)},
      {"patch-required", flag(&Quirks::patch_required)},
      {"chunk-minimum", number(&Quirks::chunk_minimum)},
      {"chunk-maximum", number(&Quirks::chunk_maximum)},
      {"body-maximum", number(&Quirks::body_maximum)},
      {"monolithic-maximum", number(&Quirks::monolithic_maximum)},
      {"patch-status", number(&Quirks::patch_status)},
      {"put-status", number(&Quirks::put_status)},
      {"manifest-put-status", number(&Quirks::manifest_put_status)},
      {"no-single-post", flag(&Quirks::no_single_post)},
      {"mount", choice(&Quirks::mount, {{"works", Mount::kWorks},
                                        {"ignored", Mount::kIgnored},
                                        {"400", Mount::k400},
                                        {"401", Mount::k401},
                                        {"403", Mount::k403},
                                        {"404", Mount::k404},
                                        {"405", Mount::k405}})},
      {"mount-without-from",
       choice(&Quirks::mount_without_from, {{"works", AnonymousMount::kWorks},
                                            {"ignored", AnonymousMount::kIgnored},
                                            {"fails", AnonymousMount::kFails}})},
      {"missing-blob-status", number(&Quirks::missing_blob_status)},
      {"no-blob-head", flag(&Quirks::no_blob_head)},
      {"head-without-length", flag(&Quirks::head_without_length)},
      {"head-without-digest", flag(&Quirks::head_without_digest)},
      {"head-body", flag(&Quirks::head_body)},
      {"lying-head", flag(&Quirks::lying_head)},
      {"accept-required", flag(&Quirks::accept_required)},
      {"ignore-tag-parameter", flag(&Quirks::ignore_tag_parameter)},
      {"immutable-tags", flag(&Quirks::immutable_tags)},
      {"no-referrers", flag(&Quirks::no_referrers)},
      {"no-delete", flag(&Quirks::no_delete)},
      {"no-tag-delete", flag(&Quirks::no_tag_delete)},
      {"redirect-blobs", flag(&Quirks::redirect_blobs)},
      {"redirect-uses", number(&Quirks::redirect_uses)},
      {"tags-404-when-empty", flag(&Quirks::tags_404_when_empty)},
      {"relative-link", flag(&Quirks::relative_link)},
      {"unsorted-tags", flag(&Quirks::unsorted_tags)},
      {"tags-page", number(&Quirks::tags_page)},
      {"no-repository-on-push", flag(&Quirks::no_repository_on_push)},
      {"config-types", set_config_types},
      {"lf-only", flag(&Quirks::lf_only)},
  };
  return kSetters;
}

// What is known of each, from documentation, reports and measurements; a set of the client's cases,
// not an emulation.
const std::map<std::string_view, std::vector<std::string_view>>& profiles() {
  static const std::map<std::string_view, std::vector<std::string_view>> kProfiles = {
      {"acr", {"location=relative", "state-query", "rotating-session-url", "redirect-blobs"}},
      {"artifactory",
       {"mount=ignored", "no-single-post", "patch-required", "ignore-tag-parameter"}},
      {"conforming", {}},
      {"docker-registry",
       {"state-query", "rotating-session-url", "stale-session", "zero-range-on-start",
        "ignore-content-range", "no-single-post", "accept-required", "ignore-tag-parameter",
        "no-referrers", "no-tag-delete", "relative-link", "mount-without-from=ignored",
        "missing-blob-status=400"}},
      {"ecr",
       {"no-repository-on-push", "sticky-range", "patch-status=201", "no-single-post",
        "mount=ignored", "ignore-tag-parameter", "redirect-blobs", "tags-404-when-empty"}},
      {"gar",
       {"location=relative", "no-single-post", "redirect-blobs", "ignore-tag-parameter",
        "config-types=application/vnd.oci.image.config.v1+json"}},
      {"ghcr",
       {"location=relative", "chunk-maximum=4M", "no-referrers", "redirect-blobs", "no-single-post",
        "ignore-tag-parameter", "no-delete"}},
      {"gitlab",
       {"state-query", "rotating-session-url", "no-single-post", "ignore-tag-parameter",
        "no-referrers", "redirect-blobs", "relative-link"}},
      {"harbor", {"head-without-length", "state-query", "no-single-post", "ignore-tag-parameter"}},
      {"hub",
       {"state-query", "rotating-session-url", "no-single-post", "redirect-blobs", "relative-link",
        "ignore-tag-parameter", "no-delete"}},
      {"nexus",
       {"location=relative", "no-single-post", "no-referrers", "ignore-tag-parameter",
        "head-without-digest"}},
      {"quay",
       {"location=relative", "mount-without-from=fails", "no-single-post", "ignore-tag-parameter",
        "redirect-blobs", "tags-page=50"}},
      {"zot", {"location=relative", "relative-link", "ignore-tag-parameter"}},
  };
  return kProfiles;
}

template <class Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  for (const auto& entry : map) {
    names.emplace_back(entry.first);
  }
  return names;
}

}  // namespace

base::Result<void> set_quirk(Quirks& quirks, std::string_view assignment) {
  const std::size_t equals = std::min(assignment.find('='), assignment.size());
  const auto setter = setters().find(assignment.substr(0, equals));
  if (setter == setters().end()) {
    return base::Error{
        fmt::format("there is no quirk \"{}\"", assignment.substr(0, equals)), {}, {}};
  }
  if (!setter->second(quirks, assignment.substr(std::min(equals + 1, assignment.size())))) {
    return base::Error{
        fmt::format("\"{}\" gives the quirk no value that it can have", assignment), {}, {}};
  }
  return {};
}

base::Result<Quirks> quirks_of_profile(std::string_view name) {
  const auto profile = profiles().find(name);
  if (profile == profiles().end()) {
    return base::Error{fmt::format("there is no profile \"{}\"", name), {}, {}};
  }
  Quirks quirks;
  for (const std::string_view assignment : profile->second) {
    GANTRY_CHECK(set_quirk(quirks, assignment));
  }
  return quirks;
}

std::vector<std::string> quirk_names() {
  return names_of(setters());
}

std::vector<std::string> profile_names() {
  return names_of(profiles());
}

}  // namespace gantry::test_registry
