#include "runtime/structure_test.hpp"

#include <regex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "runtime/account.hpp"
#include "runtime/image_files.hpp"

namespace gantry::runtime {

namespace {

/// The image's users and groups, read once.
struct Users {
  std::string passwd;
  std::string group;
};

base::Result<Users> read_users(const ImageFiles& files) {
  GANTRY_TRY(auto passwd, files.text("etc/passwd"));
  GANTRY_TRY(auto group, files.text("etc/group"));
  return Users{std::move(passwd), std::move(group)};
}

/// As find_account, but root is known also to an image without /etc/passwd.
base::Result<Account> find_owner(std::string_view owner, const Users& users) {
  const auto colon = std::min(owner.find(':'), owner.size());
  auto name = std::string(owner.substr(0, colon));
  auto group = std::string(owner.substr(std::min(colon + 1, owner.size())));
  return find_account(
      fmt::format("{}:{}", name == "root" ? "0" : name, group == "root" ? "0" : group),
      users.passwd, users.group);
}

std::string describe_file(const FileCheck& check, std::string_view mode, std::string_view owner) {
  std::string text;
  if (check.mode) {
    text = fmt::format("mode {}", mode);
  }
  if (!check.owner.empty()) {
    text += fmt::format("{}owner {}", text.empty() ? "" : ", ", owner);
  }
  return text.empty() ? "present" : text;
}

CheckResult check_file(const FileCheck& check, const ImageFiles& files, const Users& users) {
  CheckResult result;
  result.name = "file " + check.path;
  result.expected =
      describe_file(check, fmt::format("{:04o}", check.mode.value_or(0)), check.owner);
  const auto found = files.find(check.path);
  if (found.entry == nullptr) {
    result.actual = "missing: " + found.missing;
    return result;
  }
  const auto& entry = found.entry->entry;
  result.actual = describe_file(check, fmt::format("{:04o}", entry.mode),
                                fmt::format("{}:{}", entry.uid, entry.gid));
  result.passed = !check.mode || *check.mode == entry.mode;
  if (!check.owner.empty()) {
    const auto owner = find_owner(check.owner, users);
    if (!owner) {
      result.actual = owner.error().what;
    }
    const bool names_group = check.owner.find(':') != std::string::npos;
    result.passed = result.passed && owner && owner->uid == entry.uid &&
                    (!names_group || owner->gid == entry.gid);
  }
  return result;
}

CheckResult check_user(const std::string& expected, const std::string& actual, const Users& users) {
  CheckResult result{"user", expected == actual, expected,
                     actual.empty() ? "root (the config names no user)" : actual};
  if (!result.passed) {
    const auto wanted = find_owner(expected, users);
    const auto found = find_owner(actual.empty() ? "root" : actual, users);
    const bool names_group = expected.find(':') != std::string::npos;
    result.passed =
        wanted && found && wanted->uid == found->uid && (!names_group || wanted->gid == found->gid);
  }
  return result;
}

base::Result<CheckResult> check_config(const ConfigCheck& check, const nlohmann::json& config) {
  CheckResult result{"config " + check.pointer, false, check.value, "absent"};
  try {
    const nlohmann::json::json_pointer pointer(check.pointer);
    if (!config.contains(pointer)) {
      return result;
    }
    const auto& value = config.at(pointer);
    result.actual = value.is_string() ? value.get<std::string>() : value.dump();
    const auto expected = nlohmann::json::parse(check.value, nullptr, false);
    result.passed = (value.is_string() && value.get<std::string>() == check.value) ||
                    (!expected.is_discarded() && expected == value);
    return result;
  } catch (const nlohmann::json::exception& fault) {
    return base::Error{fmt::format("cannot look for '{}' in the config: {}",
                                   base::printable(check.pointer), fault.what()),
                       "", "a JSON pointer looks like /config/Env/0; write ~1 for / in a name"};
  }
}

/// libstdc++'s default matcher recurses once per character: a long output would overflow the
/// stack. The breadth-first one does not, and has no back-references.
base::Result<std::regex> compile(const std::string& expression) {
  try {
    return std::regex(expression, std::regex::ECMAScript | std::regex::multiline |
                                      std::regex_constants::__polynomial);
  } catch (const std::regex_error& fault) {
    return base::Error{
        fmt::format("'{}' is no regular expression: {}", base::printable(expression), fault.what()),
        "", "ECMAScript's grammar, without back-references"};
  }
}

/// The beginning of what a program said, for a message.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 2000;
  if (text.empty()) {
    return "nothing";
  }
  const auto shown = std::string(base::trim(text.substr(0, kShown)));
  return text.size() > kShown
             ? fmt::format("{}… ({} in all)", shown, base::format_bytes(text.size()))
             : shown;
}

}  // namespace

base::Result<FileCheck> parse_file_check(std::string_view text) {
  const base::Error malformed{fmt::format("'{}' is no file check", base::printable(text)), "",
                              "write path[:mode[:owner]]: /usr/bin/app:0755:root"};
  FileCheck check;
  const auto first = std::min(text.find(':'), text.size());
  check.path = std::string(text.substr(0, first));
  if (check.path.empty() || check.path == "/") {
    return malformed;
  }
  auto rest = text.substr(std::min(first + 1, text.size()));
  const auto second = std::min(rest.find(':'), rest.size());
  if (const auto mode = rest.substr(0, second); !mode.empty()) {
    const auto number = base::parse_unsigned(mode, 8);
    if (!number || *number > 07777) {
      return base::Error{fmt::format("'{}' is no octal mode", base::printable(mode)),
                         std::string(base::printable(text)), malformed.hint};
    }
    check.mode = static_cast<std::uint32_t>(*number);
  }
  check.owner = std::string(rest.substr(std::min(second + 1, rest.size())));
  return check;
}

base::Result<ConfigCheck> parse_config_check(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !text.starts_with('/')) {
    return base::Error{fmt::format("'{}' is no config check", base::printable(text)), "",
                       "write <json pointer>=<value>: /config/WorkingDir=/srv"};
  }
  return ConfigCheck{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

base::Result<std::vector<CheckResult>> check_structure(const oci::Image& image,
                                                       const StructureTest& test) {
  std::vector<CheckResult> results;
  if (!test.files.empty() || test.user) {
    GANTRY_TRY(const auto files, ImageFiles::read(image));
    GANTRY_TRY(const auto users, read_users(files));
    for (const auto& check : test.files) {
      results.push_back(check_file(check, files, users));
    }
    if (test.user) {
      results.push_back(check_user(*test.user, image.config.user, users));
    }
  }
  if (!test.configs.empty()) {
    GANTRY_TRY(const auto document, image.blobs.read_document(image.manifest.config));
    const auto config = nlohmann::json::parse(document, nullptr, false);
    for (const auto& check : test.configs) {
      GANTRY_TRY(auto result, check_config(check, config));
      results.push_back(std::move(result));
    }
  }
  return results;
}

base::Result<void> check_expression(const std::string& expression) {
  GANTRY_TRY(const auto compiled, compile(expression));
  static_cast<void>(compiled);
  return {};
}

base::Result<std::vector<CheckResult>> check_outcome(const Outcome& outcome,
                                                     const OutcomeTest& test) {
  std::vector<CheckResult> results;
  auto ended = outcome.timed_out ? std::string("killed, as it took too long")
                                 : std::to_string(outcome.exit_code);
  if (!outcome.err.empty() && (outcome.timed_out || outcome.exit_code != test.exit_code)) {
    ended += ", saying: " + excerpt(outcome.err);
  }
  results.push_back({"exit code", !outcome.timed_out && outcome.exit_code == test.exit_code,
                     std::to_string(test.exit_code), ended});
  if (!test.output.empty()) {
    GANTRY_TRY(const auto expression, compile(test.output));
    results.push_back({"standard output", std::regex_search(outcome.out, expression),
                       "/" + test.output + "/", excerpt(outcome.out)});
  }
  return results;
}

}  // namespace gantry::runtime
