#include "registry/tags.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/next_page.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr int kMaximumPages = 1000;
constexpr std::size_t kMaximumTags = 200'000;  // they are all in memory

Result<void> read_page(const Answer& answer, std::set<std::string>& tags) {
  GANTRY_TRY(const auto document,
             oci::JsonDocument::parse(answer.response.body, shown(answer.url)));
  GANTRY_TRY(const auto list, document.root().find("tags"));  // null for none
  if (!list) {
    return {};
  }
  GANTRY_TRY(const auto elements, list->elements(kMaximumTags));
  for (const auto& element : elements) {
    GANTRY_TRY(auto tag, element.text());
    if (oci::is_tag(tag)) {
      tags.insert(std::move(tag));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> list_tags(const Repository& repository) {
  std::set<std::string> tags;
  auto operation = repository.operation("GET", "tags/list?n=1000");
  for (int page = 0; page < kMaximumPages; ++page) {
    GANTRY_TRY(const auto answer, repository.session().perform(std::move(operation)).answer);
    if (answer.response.status == 404 && page == 0) {
      return std::vector<std::string>();
    }
    if (!answer.response.successful()) {
      return repository.failed(answer, "GET tags/list");
    }
    const auto known = tags.size();
    GANTRY_CHECK(read_page(answer, tags));
    if (tags.size() > kMaximumTags) {
      return Error{fmt::format("there are more than {} tags", kMaximumTags), repository.name(), ""};
    }
    const auto next = next_page(answer.response);
    if (next.empty() || tags.size() == known) {  // a page without anything new leads nowhere
      return std::vector<std::string>(tags.begin(), tags.end());
    }
    GANTRY_TRY(auto url, resolve_url(answer.url, next));
    operation = repository.operation_at("GET", std::move(url));
  }
  return Error{"the list of tags does not end", repository.name(), ""};
}

}  // namespace gantry::registry
