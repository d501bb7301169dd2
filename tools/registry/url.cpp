#include "registry/url.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"
#include "registry/libcurl.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr std::size_t kMaximumUrl = std::size_t{16} << 10;  // signed URLs of stores are some kB

struct FreeUrl {
  void operator()(CURLU* url) const { libcurl().url_cleanup(url); }
};
using Parsed = std::unique_ptr<CURLU, FreeUrl>;

Error bad_url(std::string_view url, std::string_view reason) {
  return {fmt::format("'{}' is no URL that can be used: {}", shown(url), reason), "", ""};
}

Result<void> set_url(const Parsed& parsed, std::string_view url) {
  if (parsed == nullptr || url.size() > kMaximumUrl || url.find('\0') != std::string_view::npos) {
    return bad_url(url, "too long, or with a NUL character");
  }
  const auto code = libcurl().url_set(parsed.get(), CURLUPART_URL, std::string(url).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME);
  return code == CURLUE_OK ? Result<void>() : bad_url(url, libcurl().url_strerror(code));
}

std::optional<std::string> part(const Parsed& parsed, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (libcurl().url_get(parsed.get(), which, &text, flags) != CURLUE_OK) {
    return std::nullopt;
  }
  std::string copy(text);
  libcurl().free(text);
  return copy;
}

Result<Endpoint> endpoint_of_parsed(const Parsed& parsed, std::string_view url) {
  Endpoint endpoint;
  endpoint.scheme = part(parsed, CURLUPART_SCHEME).value_or("");
  if (endpoint.scheme != "http" && endpoint.scheme != "https") {
    return bad_url(url, "its scheme is neither https nor http");
  }
  if (part(parsed, CURLUPART_USER) || part(parsed, CURLUPART_PASSWORD)) {
    return bad_url(url, "it carries a user name or a password");
  }
  auto host = part(parsed, CURLUPART_HOST).value_or("");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  std::transform(host.begin(), host.end(), host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  endpoint.host = std::move(host);
  const auto port =
      base::parse_unsigned(part(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT).value_or(""));
  if (endpoint.host.empty() || !port || *port == 0 || *port > 65535) {
    return bad_url(url, "it has no host, or no port");
  }
  endpoint.port = static_cast<unsigned>(*port);
  return endpoint;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

Result<Endpoint> endpoint_of(std::string_view url) {
  GANTRY_CHECK(load_libcurl());
  const Parsed parsed(libcurl().url());
  GANTRY_CHECK(set_url(parsed, url));
  return endpoint_of_parsed(parsed, url);
}

std::string to_text(const Endpoint& endpoint) {
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  auto text = is_v6 ? fmt::format("{}://[{}]", endpoint.scheme, endpoint.host)
                    : fmt::format("{}://{}", endpoint.scheme, endpoint.host);
  if (endpoint.port != (endpoint.scheme == "https" ? 443U : 80U)) {
    text += fmt::format(":{}", endpoint.port);
  }
  return text;
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  GANTRY_CHECK(load_libcurl());
  const Parsed parsed(libcurl().url());
  GANTRY_CHECK(set_url(parsed, base));
  GANTRY_CHECK(set_url(parsed, reference));
  GANTRY_TRY(const auto endpoint, endpoint_of_parsed(parsed, reference));
  libcurl().url_set(parsed.get(), CURLUPART_FRAGMENT, nullptr, 0);
  const auto url = part(parsed, CURLUPART_URL);
  if (!url) {
    return bad_url(reference, "it cannot be resolved");
  }
  return *url;
}

std::string with_parameter(std::string_view url, std::string_view name, std::string_view value) {
  const auto query = url.find('?');
  std::string_view separator = "?";
  if (query != std::string_view::npos) {
    separator = query + 1 == url.size() || url.ends_with('&') ? "" : "&";
  }
  return fmt::format("{}{}{}={}", url, separator, name, percent_encoded(value));
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string shown(std::string_view url) {
  constexpr std::size_t kShown = 300;
  const auto end = std::min({url.find('?'), url.find('#'), kShown});
  auto text = base::printable(url.substr(0, end));
  // Nor a password, whether or not the URL is a good one.
  const auto authority = text.find("://");
  const auto begin = authority == std::string::npos ? 0 : authority + 3;
  const auto at = text.substr(0, text.find('/', begin)).rfind('@');
  if (at != std::string::npos && at >= begin) {
    text.erase(begin, at + 1 - begin);
  }
  return text;
}

}  // namespace gantry::registry
