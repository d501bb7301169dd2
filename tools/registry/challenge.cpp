#include "registry/challenge.hpp"

#include <algorithm>
#include <optional>

namespace gantry::registry {

namespace {

constexpr std::size_t kMaximumField = std::size_t{16} << 10;
constexpr std::size_t kMaximumChallenges = 32;
constexpr std::size_t kMaximumParameters = 32;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// RFC 9110, section 5.6.2.
bool is_token(char c) {
  return is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// RFC 9110, section 11.2, without the padding at its end.
bool is_token68(char c) {
  return is_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

/// Reads one field from its begin to its end or to the first thing that cannot be read.
class Parser {
 public:
  explicit Parser(std::string_view field) : rest_(field.substr(0, kMaximumField)) {}

  void parse_into(std::vector<Challenge>& challenges) {
    for (;;) {
      skip_separators();
      const auto scheme = take(is_token);
      if (scheme.empty() || challenges.size() == kMaximumChallenges) {
        return;
      }
      if (!rest_.empty() && !is_blank(rest_.front()) && rest_.front() != ',') {
        return;
      }
      auto& challenge = challenges.emplace_back();
      challenge.scheme = lower(scheme);
      skip_blanks();
      if (auto token = take_token68()) {
        challenge.token68 = *std::move(token);
      } else if (!parse_parameters(challenge)) {
        return;
      }
    }
  }

 private:
  template <class Predicate>
  std::string_view take(Predicate predicate) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), predicate);
    const auto length = static_cast<std::size_t>(end - rest_.begin());
    const auto taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  void skip_blanks() { take(is_blank); }
  void skip_separators() {
    take([](char c) { return is_blank(c) || c == ','; });
  }

  /// Nothing, and nothing read, if what stands here are parameters or the next challenge.
  std::optional<std::string> take_token68() {
    const auto before = rest_;
    const auto characters = take(is_token68);
    const auto padding = take([](char c) { return c == '='; });
    const auto text = before.substr(0, characters.size() + padding.size());
    skip_blanks();
    if (!characters.empty() && (rest_.empty() || rest_.front() == ',')) {
      return std::string(text);
    }
    rest_ = before;
    return std::nullopt;
  }

  /// False if the field cannot be read any further.
  bool parse_parameters(Challenge& challenge) {
    while (challenge.parameters.size() < kMaximumParameters) {
      skip_separators();
      const auto before = rest_;
      const auto name = take(is_token);
      skip_blanks();
      if (name.empty() || rest_.empty() || rest_.front() != '=') {
        rest_ = before;  // the next challenge, or what cannot be read, which that will find out
        return true;
      }
      rest_.remove_prefix(1);
      skip_blanks();
      auto value = take_value();
      if (!value) {
        return false;
      }
      challenge.parameters.try_emplace(lower(name), *std::move(value));
    }
    return false;
  }

  std::optional<std::string> take_value() {
    if (!rest_.empty() && rest_.front() == '"') {
      return take_quoted();
    }
    // Real servers forget the quotes around URLs and scopes, so more than a token is taken.
    return std::string(take([](char c) { return !is_blank(c) && c != ',' && c != '"'; }));
  }

  /// Nothing if the closing quote is missing.
  std::optional<std::string> take_quoted() {
    rest_.remove_prefix(1);
    std::string value;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') {
        rest_.remove_prefix(1);
        if (rest_.empty()) {
          return std::nullopt;
        }
      }
      value += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) {
      return std::nullopt;
    }
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
};

}  // namespace

std::string_view Challenge::parameter(std::string_view name) const {
  const auto found = parameters.find(std::string(name));
  return found == parameters.end() ? std::string_view() : found->second;
}

std::vector<Challenge> parse_challenges(std::span<const std::string_view> fields) {
  std::vector<Challenge> challenges;
  for (const auto field : fields) {
    Parser(field).parse_into(challenges);
  }
  return challenges;
}

}  // namespace gantry::registry
