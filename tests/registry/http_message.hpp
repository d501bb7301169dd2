#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry::test_registry {

/// Names and values in the order they came.
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Header fields in the order they came; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value);
  void remove(std::string_view name);
  bool has(std::string_view name) const;
  std::string_view get(std::string_view name) const;  ///< the first; empty: absent
  const Pairs& fields() const { return fields_; }

 private:
  Pairs fields_;
};

/// The head of a request.
struct Request {
  std::string method;
  std::string target = {};  ///< as sent: the path and the query, still encoded
  std::string path = {};    ///< decoded
  Pairs query = {};         ///< decoded
  Headers headers = {};
  unsigned connection = 0;  ///< counted from 1 over all connections of a listener

  std::optional<std::string> parameter(std::string_view name) const;  ///< the first of the query
  std::vector<std::string> parameters(std::string_view name) const;
};

/// A part of a file, sent as the body of an answer.
struct FileBody {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};
  std::optional<FileBody> file = {};  ///< instead of body
  bool without_length = false;        ///< leaves Content-Length out (of a HEAD's answer)

  std::uint64_t length() const { return file ? file->length : body.size(); }
};

/// A request line without its line end; nothing when it is not HTTP/1.x or its target is not a path
/// or an http(s) URL.
std::optional<Request> parse_request_line(std::string_view line);

/// "%41" becomes "A"; nothing when an escape is incomplete.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);

std::string percent_encode(std::string_view text);
std::string_view reason_phrase(int status);
bool equal_without_case(std::string_view a, std::string_view b);

/// An answer with the JSON body that the distribution specification gives errors.
Response error_response(int status, std::string_view code, std::string_view message);

}  // namespace gantry::test_registry
