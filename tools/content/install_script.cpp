#include "content/install_script.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <system_error>

#include <fmt/format.h>

#include "base/file.hpp"

namespace gantry::content {

namespace fs = std::filesystem;

namespace {

enum class Truth { kNo, kMaybe, kYes };

Truth negated(Truth truth) {
  return truth == Truth::kNo ? Truth::kYes : truth == Truth::kYes ? Truth::kNo : Truth::kMaybe;
}

/// CMake writes a list of configurations as ^([Dd][Ee][Bb][Uu][Gg]|…)$; any other pattern is not
/// judged.
Truth matches_config(std::string_view pattern, std::string_view config) {
  if (!pattern.starts_with("^(") || !pattern.ends_with(")$") || pattern.size() < 4) {
    return Truth::kMaybe;
  }
  std::vector<std::string> names(1);
  for (auto rest = pattern.substr(2, pattern.size() - 4); !rest.empty();) {
    if (rest.front() == '|') {
      names.emplace_back();
      rest.remove_prefix(1);
    } else if (rest.size() >= 4 && rest[0] == '[' && rest[3] == ']') {
      names.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(rest[1])));
      rest.remove_prefix(4);
    } else if (std::isalnum(static_cast<unsigned char>(rest.front())) != 0 || rest.front() == '_' ||
               rest.front() == '-') {
      names.back() += rest.front();
      rest.remove_prefix(1);
    } else {
      return Truth::kMaybe;
    }
  }
  std::string wanted(config);
  std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(names.begin(), names.end(), wanted) != names.end() ? Truth::kYes : Truth::kNo;
}

class Condition {
 public:
  Condition(std::span<const CMakeArgument> words, std::string_view component,
            std::string_view config)
      : words_(words), component_(component), config_(config) {}

  Truth judge() { return any(0); }

 private:
  /// Deeper nesting than a person writes is not judged.
  static constexpr int kMaxDepth = 64;

  bool next_is(std::string_view word) const {
    return !words_.empty() && !words_.front().quoted && words_.front().text == word;
  }
  bool take(std::string_view word) {
    const bool taken = next_is(word);
    words_ = words_.subspan(taken ? 1 : 0);
    return taken;
  }

  Truth any(int depth) {
    Truth truth = all(depth);
    while (take("OR")) {
      truth = std::max(truth, all(depth));
    }
    return truth;
  }

  Truth all(int depth) {
    Truth truth = one(depth);
    while (take("AND")) {
      truth = std::min(truth, one(depth));
    }
    return truth;
  }

  Truth one(int depth) {
    bool is_negated = false;
    while (take("NOT")) {
      is_negated = !is_negated;
    }
    Truth truth = Truth::kMaybe;
    if (next_is("(") && depth < kMaxDepth) {
      take("(");
      truth = any(depth + 1);
      take(")");
    } else {
      truth = atom();
    }
    return is_negated ? negated(truth) : truth;
  }

  Truth atom() {
    std::size_t length = 0;
    int open = 0;
    for (; length < words_.size(); ++length) {
      const auto& word = words_[length];
      if (!word.quoted && open == 0 &&
          (word.text == "AND" || word.text == "OR" || word.text == ")")) {
        break;
      }
      open += word.quoted ? 0 : word.text == "(" ? 1 : word.text == ")" ? -1 : 0;
    }
    const auto test = words_.first(length);
    words_ = words_.subspan(length);
    const auto is = [&](std::size_t i, std::string_view text) {
      return i < test.size() && !test[i].quoted && test[i].text == text;
    };
    if (test.size() == 1 && is(0, "CMAKE_INSTALL_COMPONENT")) {
      return component_.empty() ? Truth::kNo : Truth::kYes;
    }
    if (test.size() == 1 && is(0, "CMAKE_INSTALL_LOCAL_ONLY")) {
      return Truth::kNo;
    }
    if (test.size() == 3 && !test[2].computed) {
      if (is(0, "CMAKE_INSTALL_COMPONENT") && is(1, "STREQUAL")) {
        return test[2].text == component_ ? Truth::kYes : Truth::kNo;
      }
      if (is(0, "CMAKE_INSTALL_CONFIG_NAME") && is(1, "MATCHES")) {
        return matches_config(test[2].text, config_);
      }
    }
    return Truth::kMaybe;
  }

  std::span<const CMakeArgument> words_;
  std::string_view component_;
  std::string_view config_;
};

/// The name that a pattern such as "/\.git$" stands for; nothing for a real pattern.
std::optional<std::string> plain_name(std::string_view regex) {
  if (!regex.starts_with('/') || !regex.ends_with('$')) {
    return std::nullopt;
  }
  std::string name;
  for (auto rest = regex.substr(1, regex.size() - 2); !rest.empty(); rest.remove_prefix(1)) {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
    } else if (std::string_view("^$.*+?()[]|\\/").find(rest.front()) != std::string_view::npos) {
      return std::nullopt;
    }
    name += rest.front();
  }
  return name.empty() ? std::nullopt : std::optional(name);
}

class Evaluator {
 public:
  Evaluator(std::string_view component, std::string_view config)
      : component_(component), config_(config) {}

  InstallRules run(std::span<const CMakeCommand> commands) {
    for (const auto& command : commands) {
      if (command.name == "if" || command.name == "elseif") {
        note_components(command.arguments);
      }
      if (!branch(command) && active()) {
        act(command);
      }
    }
    return std::move(rules_);
  }

 private:
  struct Block {
    Truth taken;    ///< has a branch before, or this one, been taken?
    Truth current;  ///< is this branch taken?
    bool outside;   ///< is the block itself reached?
  };

  bool active() const {
    return blocks_.empty() || (blocks_.back().outside && blocks_.back().current != Truth::kNo);
  }

  void note_components(std::span<const CMakeArgument> words) {
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
      if (!words[i].quoted && words[i].text == "CMAKE_INSTALL_COMPONENT" &&
          words[i + 1].text == "STREQUAL" && !words[i + 2].computed) {
        rules_.components.push_back(words[i + 2].text);
      }
    }
  }

  bool branch(const CMakeCommand& command) {
    const auto judged = [&] { return Condition(command.arguments, component_, config_).judge(); };
    if (command.name == "if") {
      const Truth truth = judged();
      blocks_.push_back({truth, truth, active()});
    } else if (command.name == "elseif" && !blocks_.empty()) {
      Block& block = blocks_.back();
      const Truth truth = judged();
      block.current = std::min(negated(block.taken), truth);
      block.taken = std::max(block.taken, truth);
    } else if (command.name == "else" && !blocks_.empty()) {
      blocks_.back().current = negated(blocks_.back().taken);
    } else if (command.name == "endif" && !blocks_.empty()) {
      blocks_.pop_back();
    } else {
      return false;
    }
    return true;
  }

  void act(const CMakeCommand& command) {
    const auto& words = command.arguments;
    if (words.empty() || words.front().computed) {
      return;
    }
    if (command.name == "include") {
      rules_.includes.emplace_back(words.front().text);
    } else if (command.name == "set" && words.size() == 2 &&
               words.front().text == "CMAKE_INSTALL_CONFIG_NAME" && !words[1].computed) {
      // What the script takes if it is given none.
      config_ = config_.empty() ? words[1].text : config_;
    } else if (command.name == "file" && words.front().text == "INSTALL") {
      install(std::span(words).subspan(1));
    } else if (command.name == "file" && words.front().text == "GET_RUNTIME_DEPENDENCIES") {
      programs(std::span(words).subspan(1));
    }
  }

  void install(std::span<const CMakeArgument> words) {
    static const std::set<std::string_view> kKeywords = {"DESTINATION",
                                                         "TYPE",
                                                         "OPTIONAL",
                                                         "MESSAGE_ALWAYS",
                                                         "MESSAGE_LAZY",
                                                         "MESSAGE_NEVER",
                                                         "PERMISSIONS",
                                                         "FILE_PERMISSIONS",
                                                         "DIR_PERMISSIONS",
                                                         "RENAME",
                                                         "FILES_MATCHING",
                                                         "USE_SOURCE_PERMISSIONS",
                                                         "REGEX",
                                                         "PATTERN",
                                                         "EXCLUDE",
                                                         "FILES",
                                                         "FOLLOW_SYMLINK_CHAIN"};
    std::string_view keyword;
    std::string_view type;
    std::string_view pattern;
    std::vector<fs::path> paths;
    std::vector<std::string> excluded;
    for (const auto& word : words) {
      if (!word.quoted && kKeywords.contains(word.text)) {
        keyword = word.text;
        const auto name = keyword == "EXCLUDE" ? plain_name(pattern) : std::nullopt;
        if (name) {
          excluded.push_back(*name);
        }
      } else if (keyword == "TYPE") {
        type = word.text;
      } else if (keyword == "REGEX") {
        pattern = word.text;
      } else if (keyword == "FILES" && !word.computed && word.text.starts_with('/')) {
        paths.emplace_back(word.text);
      }
    }
    for (auto& path : paths) {
      rules_.sources.push_back({std::move(path), type == "DIRECTORY", excluded});
    }
  }

  /// What an install(RUNTIME_DEPENDENCY_SET) looks at.
  void programs(std::span<const CMakeArgument> words) {
    for (const auto& word : words) {
      if (word.quoted && !word.computed && word.text.starts_with('/')) {
        rules_.sources.push_back({.path = word.text});
      }
    }
  }

  std::string_view component_;
  std::string config_;
  std::vector<Block> blocks_;
  InstallRules rules_;
};

/// Turns the sources of rules into the files and directories whose change matters.
class SourceFinder {
 public:
  explicit SourceFinder(fs::path build_directory) : build_directory_(std::move(build_directory)) {}

  void add(const InstallRules::Source& source) {
    std::error_code failure;
    if (fs::is_directory(source.path, failure)) {
      directory(source);
    } else if (fs::exists(source.path, failure)) {
      found_.insert(source.path);
    } else {
      missing(source.path);
    }
  }

  std::vector<fs::path> found() const { return {found_.begin(), found_.end()}; }

 private:
  void directory(const InstallRules::Source& source) {
    // A symbolic link below is copied as such: the time of its directory tells of any change.
    std::error_code failure;
    found_.insert(source.path);
    auto it = fs::recursive_directory_iterator(
        source.path, fs::directory_options::skip_permission_denied, failure);
    while (!failure && it != fs::recursive_directory_iterator()) {
      const auto name = it->path().filename().native();
      if (std::find(source.excluded.begin(), source.excluded.end(), name) !=
          source.excluded.end()) {
        it.disable_recursion_pending();
      } else if (!it->is_symlink(failure)) {
        found_.insert(it->path());
      }
      it.increment(failure);
    }
  }

  /// An OPTIONAL file that is not there: its directory tells when it comes. Not so the build
  /// directory itself, which changes with every build.
  void missing(const fs::path& path) {
    std::error_code failure;
    fs::path parent = path.parent_path();
    while (!fs::is_directory(parent, failure) && parent.has_relative_path()) {
      parent = parent.parent_path();
    }
    if (parent.lexically_normal() != build_directory_ && parent.has_relative_path()) {
      found_.insert(parent);
    }
  }

  fs::path build_directory_;
  std::set<fs::path> found_;
};

}  // namespace

InstallRules read_install_rules(std::string_view text, std::string_view component,
                                std::string_view config, const CMakeVariables& variables) {
  return Evaluator(component, config).run(read_cmake_commands(text, variables));
}

base::Result<InstallInputs> find_install_inputs(const fs::path& build_directory,
                                                std::string_view component,
                                                std::string_view config) {
  const fs::path first = build_directory / "cmake_install.cmake";
  std::error_code failure;
  if (!fs::is_regular_file(first, failure)) {
    return base::Error{
        fmt::format("{} is no build directory of CMake: it has no cmake_install.cmake",
                    build_directory.native()),
        "", "give the top-level build directory of a configured project"};
  }
  constexpr std::size_t kMaxScripts = 100'000;
  std::deque<fs::path> waiting = {first};
  std::set<fs::path> scripts;
  std::set<std::string> components;
  SourceFinder finder(build_directory.lexically_normal());
  while (!waiting.empty() && scripts.size() < kMaxScripts) {
    const fs::path script = waiting.front();
    waiting.pop_front();
    // A missing one is cmake's to complain about; it does so with the line.
    if (!fs::is_regular_file(script, failure) || !scripts.insert(script).second) {
      continue;
    }
    GANTRY_TRY(const auto text, base::read_file(script));
    const auto rules = read_install_rules(
        text, component, config,
        {{"CMAKE_CURRENT_LIST_DIR", script.parent_path()}, {"CMAKE_CURRENT_LIST_FILE", script}});
    components.insert(rules.components.begin(), rules.components.end());
    for (const auto& source : rules.sources) {
      finder.add(source);
    }
    waiting.insert(waiting.end(), rules.includes.begin(), rules.includes.end());
  }
  return InstallInputs{
      {scripts.begin(), scripts.end()}, finder.found(), {components.begin(), components.end()}};
}

}  // namespace gantry::content
