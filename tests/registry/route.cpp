#include <algorithm>

#include "base/text.hpp"
#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

constexpr std::size_t kMaximumName = 255;

bool lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool word_char(char c) {
  return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool valid_component(std::string_view text) {
  if (text.empty() || !lower_or_digit(text.front()) || !lower_or_digit(text.back())) {
    return false;
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    while (i < text.size() && !lower_or_digit(text[i])) {
      ++i;
    }
    const std::string_view separator = text.substr(begin, i - begin);
    if (!separator.empty() && separator != "." && separator != "_" && separator != "__" &&
        separator.find_first_not_of('-') != std::string_view::npos) {
      return false;
    }
    i += separator.empty() ? 1 : 0;
  }
  return true;
}

}  // namespace

bool valid_repository(std::string_view name) {
  const auto parts = base::split(name, '/');
  return name.size() <= kMaximumName && std::all_of(parts.begin(), parts.end(), valid_component);
}

bool valid_tag(std::string_view name) {
  return !name.empty() && name.size() <= 128 && word_char(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return word_char(c) || c == '.' || c == '-'; });
}

std::optional<Route> parse_route(std::string_view path) {
  constexpr std::string_view kPrefix = "/v2/";
  if (!path.starts_with(kPrefix)) {
    return std::nullopt;
  }
  path.remove_prefix(kPrefix.size());
  const auto split_at = [&](Route::Kind kind, std::string_view word) -> std::optional<Route> {
    const std::size_t at = path.rfind(word);
    if (at == std::string_view::npos) {
      return std::nullopt;
    }
    return Route{kind, std::string(path.substr(0, at)), std::string(path.substr(at + word.size()))};
  };
  if (path.ends_with("/tags/list")) {
    return split_at(Route::Kind::kTags, "/tags/list");
  }
  if (auto route = split_at(Route::Kind::kUpload, "/blobs/uploads/")) {
    return route;
  }
  if (path.ends_with("/blobs/uploads")) {
    return split_at(Route::Kind::kUpload, "/blobs/uploads");
  }
  if (auto route = split_at(Route::Kind::kBlob, "/blobs/")) {
    return route;
  }
  if (auto route = split_at(Route::Kind::kManifest, "/manifests/")) {
    return route;
  }
  return split_at(Route::Kind::kReferrers, "/referrers/");
}

}  // namespace gantry::test_registry
