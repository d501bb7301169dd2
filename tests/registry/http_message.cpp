#include "tests/registry/http_message.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::test_registry {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<Pairs> parse_query(std::string_view text) {
  Pairs query;
  for (const std::string_view part : base::split(text, '&')) {
    if (part.empty()) {
      continue;
    }
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) {
      return std::nullopt;
    }
    query.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

}  // namespace

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return equal_without_case(field.first, name); });
}

bool Headers::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& field) { return equal_without_case(field.first, name); });
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equal_without_case(key, name)) {
      return value;
    }
  }
  return {};
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

std::vector<std::string> Request::parameters(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) {
      values.push_back(value);
    }
  }
  return values;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = base::from_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) {
        return std::nullopt;
      }
      decoded += static_cast<char>(byte->front());
      i += 2;
    } else {
      decoded += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::optional<Request> parse_request_line(std::string_view line) {
  const auto words = base::split(line, ' ');
  if (words.size() != 3 || words[0].empty() || (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0")) {
    return std::nullopt;
  }
  std::string_view target = words[1];
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      target.remove_prefix(std::min(target.find('/', scheme.size()), target.size()));
    }
  }
  if (!target.starts_with('/')) {
    return std::nullopt;
  }
  Request request{.method = std::string(words[0]), .target = std::string(target)};
  const std::size_t mark = std::min(target.find('?'), target.size());
  auto path = percent_decode(target.substr(0, mark), false);
  auto query = parse_query(target.substr(std::min(mark + 1, target.size())));
  if (!path || !query) {
    return std::nullopt;
  }
  request.path = *std::move(path);
  request.query = *std::move(query);
  return request;
}

std::string_view reason_phrase(int status) {
  static constexpr std::array kPhrases = {
      std::pair{200, "OK"},
      std::pair{201, "Created"},
      std::pair{202, "Accepted"},
      std::pair{204, "No Content"},
      std::pair{206, "Partial Content"},
      std::pair{307, "Temporary Redirect"},
      std::pair{400, "Bad Request"},
      std::pair{401, "Unauthorized"},
      std::pair{403, "Forbidden"},
      std::pair{404, "Not Found"},
      std::pair{405, "Method Not Allowed"},
      std::pair{412, "Precondition Failed"},
      std::pair{413, "Content Too Large"},
      std::pair{416, "Range Not Satisfiable"},
      std::pair{429, "Too Many Requests"},
      std::pair{431, "Request Header Fields Too Large"},
      std::pair{500, "Internal Server Error"},
      std::pair{503, "Service Unavailable"},
  };
  for (const auto& [code, phrase] : kPhrases) {
    if (code == status) {
      return phrase;
    }
  }
  return "Status";
}

Response error_response(int status, std::string_view code, std::string_view message) {
  const nlohmann::json body = {{"errors", {{{"code", code}, {"message", message}}}}};
  Response response{.status = status};
  response.headers.add("Content-Type", "application/json");
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

}  // namespace gantry::test_registry
