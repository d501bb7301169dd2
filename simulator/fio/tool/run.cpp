#include "fio/tool/run.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "fio/tool/arguments.hpp"
#include "fio/tool/expectation.hpp"
#include "fio/tool/process.hpp"
#include "fio/tool/programs.hpp"

namespace gantry::fio {

namespace fs = std::filesystem;

namespace {

/// What fio writes with --output-format=normal,json+; of several reports in JSON, as it writes them
/// with --status-interval, the last, which is of the whole run.
struct Output {
  std::string text;
  std::string json;
};

Output split_output(std::string_view whole) {
  Output output;
  bool in_json = false;
  for (const auto line : base::split(whole, '\n')) {
    if (!in_json && line == "{") {
      in_json = true;
      output.json.clear();
    }
    auto& to = in_json ? output.json : output.text;
    to.append(line).append("\n");
    in_json = in_json && line != "}";
  }
  if (!output.text.empty() && whole.ends_with('\n')) {
    output.text.pop_back();  // the empty line after the last
  }
  return output;
}

/// A name of the engine that LD_PRELOAD can hold, which knows no quotes.
base::Result<fs::path> preloadable(const fs::path& engine, const fs::path& scratch) {
  constexpr std::string_view kSeparators = " :";
  if (engine.native().find_first_of(kSeparators) == std::string::npos) {
    return engine;
  }
  auto link = scratch / "engine.so";
  if (link.native().find_first_of(kSeparators) != std::string::npos) {
    return base::Error{fmt::format("{} cannot be loaded from such a path", engine.native()), "",
                       "let TMPDIR be a directory without blanks and colons in its name"};
  }
  std::error_code failure;
  fs::create_symlink(engine, link, failure);
  if (failure) {
    return base::Error{fmt::format("cannot create {}: {}", link.native(), failure.message()), "",
                       ""};
  }
  return link;
}

class Runner {
 public:
  Runner(const Options& options, fs::path scratch)
      : options_(options), scratch_(std::move(scratch)) {}

  base::Result<int> run() {
    GANTRY_CHECK(prepare());
    GANTRY_TRY(const auto exit_code, run_to_end(arguments_, environment_));
    if (needs_output()) {
      GANTRY_CHECK(take_output(options_.quiet && exit_code == 0));
    }
    if (exit_code != 0) {
      return exit_code;
    }
    GANTRY_CHECK(report());
    GANTRY_CHECK(write_depfile());
    return judge_all();
  }

 private:
  bool needs_report() const { return !options_.html.empty() || !options_.markdown.empty(); }
  bool needs_output() const {
    return needs_report() || !options_.json.empty() || !expectations_.empty() || options_.quiet;
  }
  fs::path output_file() const { return scratch_ / "output"; }
  fs::path json_file() const {
    return options_.json.empty() ? scratch_ / "fio.json" : fs::path(options_.json);
  }
  std::string device_report() const {
    return options_.device_report.empty() && needs_report() ? (scratch_ / "device.json").native()
                                                            : options_.device_report;
  }
  std::string series() const {
    return options_.series.empty() && needs_report() ? (scratch_ / "series.csv").native()
                                                     : options_.series;
  }

  base::Result<void> prepare();
  void add(const char* name, const std::string& value) {
    if (!value.empty()) {
      arguments_.push_back(fmt::format("--{}={}", name, value));
    }
  }
  base::Result<void> take_output(bool is_quiet);
  base::Result<void> report();
  base::Result<void> write_depfile();
  base::Result<int> judge_all();

  const Options& options_;
  fs::path scratch_;
  std::vector<Expectation> expectations_;
  std::vector<std::string> arguments_;
  std::map<std::string, std::string> environment_;
  std::vector<fs::path> inputs_;
  Output output_;
};

base::Result<void> Runner::prepare() {
  for (const auto& text : options_.expectations) {
    GANTRY_TRY(auto expectation, parse_expectation(text));
    expectations_.push_back(std::move(expectation));
  }
  GANTRY_TRY(auto arguments, adapt_arguments(options_.arguments, scratch_, needs_output()));
  GANTRY_TRY(const auto fio, find_fio(options_.fio));
  GANTRY_TRY(const auto installed, find_engine());
  GANTRY_TRY(const auto engine, preloadable(installed, scratch_));
  inputs_ = arguments.inputs;
  inputs_.insert(inputs_.end(), {fio, installed, fs::read_symlink("/proc/self/exe")});
  arguments_ = {fio.native()};
  add("ioengine", "external:" + engine.native());
  add("clocksource", "clock_gettime");
  add("thread", "1");
  add("device", options_.device);
  add("state", options_.state);
  add("fill", options_.fill);
  add("fill_seed", options_.fill_seed ? fmt::format("{}", *options_.fill_seed) : "");
  add("data", options_.data);
  add("data_file", options_.data_file);
  add("save_state", options_.save_state);
  add("device_report", device_report());
  add("device_series", series());
  if (needs_output()) {
    add("output", output_file().native());
    add("output-format", "normal,json+");
  }
  arguments_.insert(arguments_.end(), arguments.list.begin(), arguments.list.end());
  if (options_.clock != "real") {
    const char* const before = std::getenv("LD_PRELOAD");
    environment_["LD_PRELOAD"] = before == nullptr || *before == '\0'
                                     ? engine.native()
                                     : fmt::format("{}:{}", engine.native(), before);
  }
  if (!arguments.dropped.empty()) {
    fmt::print(stderr, "gantry-fio: note: the simulated drive takes the place of: {}\n",
               base::join(arguments.dropped, ", "));
  }
  return {};
}

base::Result<void> Runner::take_output(bool is_quiet) {
  std::error_code error;
  if (!fs::exists(output_file(), error)) {
    return {};  // fio has said why
  }
  GANTRY_TRY(const auto whole, base::read_file(output_file()));
  output_ = split_output(whole);
  if (!is_quiet) {
    fmt::print("{}", output_.text);
    std::fflush(stdout);
  }
  if (output_.json.empty()) {
    return {};
  }
  return base::write_file(json_file(), output_.json);
}

base::Result<void> Runner::report() {
  if (!needs_report()) {
    return {};
  }
  GANTRY_TRY(const auto gantry, find_gantry());
  base::Command command{{gantry.native(), "report", "--device", device_report(), "--series",
                         series(), "--fio", json_file().native(), "--command",
                         base::shell_quoted(options_.command)}};
  for (const auto& [name, value] :
       {std::pair{"--html", &options_.html}, std::pair{"--markdown", &options_.markdown},
        std::pair{"--title", &options_.title}}) {
    if (!value->empty()) {
      command.arguments.insert(command.arguments.end(), {name, *value});
    }
  }
  GANTRY_CHECK(base::run_checked(command));
  for (const auto* const file : {&options_.html, &options_.markdown}) {
    if (!file->empty()) {
      fmt::print("report: {}\n", fs::absolute(*file).native());
    }
  }
  return {};
}

base::Result<void> Runner::write_depfile() {
  if (options_.depfile.empty()) {
    return {};
  }
  if (options_.html.empty()) {
    return base::Error{"--depfile is of what --html makes, which is not given", "", ""};
  }
  if (options_.device.find_first_of("/.") != std::string::npos) {
    inputs_.emplace_back(options_.device);
  }
  if (!options_.state.empty()) {
    inputs_.emplace_back(options_.state);
  }
  GANTRY_TRY(const auto gantry, find_gantry());
  inputs_.push_back(gantry);
  const auto depfile = base::make_depfile(options_.html, inputs_);
  for (const auto& path : depfile.unsafe) {
    fmt::print(stderr,
               "gantry-fio: note: a build system cannot be told of {}, whose name has characters "
               "that it takes for its own; its directory stands for it\n",
               base::printable(path.native()));
  }
  return base::write_file(options_.depfile, depfile.text);
}

base::Result<int> Runner::judge_all() {
  if (expectations_.empty()) {
    return 0;
  }
  GANTRY_TRY(const auto verdicts, judge(expectations_, output_.json));
  int result = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (verdicts[i].holds) {
      fmt::print("expected {}: measured {}\n", expectations_[i].text, verdicts[i].measured);
    } else {
      std::fflush(stdout);
      fmt::print(stderr, "gantry-fio: error: expected {}, measured {}\n", expectations_[i].text,
                 verdicts[i].measured);
      result = 1;
    }
  }
  return result;
}

}  // namespace

base::Result<int> run(const Options& options) {
  GANTRY_TRY(const auto scratch, base::TempDir::create());
  return Runner(options, scratch.path()).run();
}

}  // namespace gantry::fio
