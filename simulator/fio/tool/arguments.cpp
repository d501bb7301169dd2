#include "fio/tool/arguments.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/file.hpp"
#include "fio/tool/job_file.hpp"

namespace gantry::fio {

namespace {

/// Options whose value, if they have one, is never the next argument: all others of fio's take
/// that.
constexpr std::array<std::string_view, 32> kWithoutNext = {
    "append-terse",    "bandwidth-log", "bs_unaligned", "cmdhelp",          "cpuclock-test",
    "crctest",         "enghelp",       "exitall",      "exitall_on_error", "fixedbufs",
    "group_reporting", "help",          "hipri",        "memcpytest",       "merge-blktrace-only",
    "minimal",         "new_group",     "norandommap",  "parse-only",       "readonly",
    "refill_buffers",  "registerfiles", "server",       "showcmd",          "sqthread_poll",
    "stonewall",       "thread",        "time_based",   "userspace_reap",   "verify_only",
    "version",         "warnings-fatal"};
constexpr std::array<std::string_view, 3> kOutputs = {"output", "output-format", "minimal"};
/// With these fio is not one process that runs jobs.
constexpr std::array<std::string_view, 4> kElsewhere = {"client", "daemonize", "remote-config",
                                                        "server"};

std::string_view option_of(std::string_view argument) {
  if (!argument.starts_with("-") || argument == "-") {
    return {};
  }
  argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
  return argument.substr(0, argument.find('='));
}

template <std::size_t kSize>
bool is_one_of(std::string_view option, const std::array<std::string_view, kSize>& options) {
  return std::find(options.begin(), options.end(), option) != options.end();
}

class Adapter {
 public:
  Adapter(const std::filesystem::path& directory, bool needs_output)
      : directory_(directory), needs_output_(needs_output) {}

  base::Result<Arguments> run(const std::vector<std::string>& given) {
    for (std::size_t at = 0; at < given.size(); ++at) {
      const std::string_view argument = given[at];
      const auto option = option_of(argument);
      const bool has_value = argument.find('=') != std::string_view::npos;
      const bool takes_next = !option.empty() && !has_value && at + 1 < given.size() &&
                              !is_one_of(option, kWithoutNext);
      if (is_one_of(option, kElsewhere)) {
        return base::Error{
            fmt::format("--{} cannot be given to fio here", option), "",
            "simulated time is that of one fio, which has to run where gantry fio does"};
      }
      if (needs_output_ && is_one_of(option, kOutputs)) {
        return base::Error{fmt::format("--{} cannot be given to fio here", option), "",
                           "fio's report is printed, and --json FILE writes it as JSON"};
      }
      if (option.empty()) {
        GANTRY_CHECK(job_file(given[at]));
      } else if (is_of_other_engine(option)) {
        result_.dropped.emplace_back(argument);
      } else {
        result_.list.emplace_back(argument);
        if (takes_next) {
          result_.list.push_back(given[at + 1]);
        }
        if (option == "read_iolog") {
          add_inputs(logs_of(takes_next ? given[at + 1] : argument.substr(argument.find('=') + 1)));
        }
      }
      at += takes_next ? 1 : 0;
    }
    return std::move(result_);
  }

 private:
  base::Result<void> job_file(const std::string& path) {
    GANTRY_TRY(auto adapted, adapt_job_file(path));
    // Its own name, which fio may tell; one of several is in a directory of its own.
    const auto place = directory_ / fmt::format("{}", job_files_++);
    GANTRY_CHECK(base::make_directories(place));
    const auto copy = place / (path == "-" ? "stdin" : std::filesystem::path(path).filename());
    GANTRY_CHECK(base::write_file(copy, adapted.text));
    result_.list.push_back(copy.native());
    add_inputs(adapted.inputs);
    for (auto& line : adapted.dropped) {
      result_.dropped.push_back(std::move(line));
    }
    return {};
  }

  void add_inputs(const std::vector<std::filesystem::path>& paths) {
    result_.inputs.insert(result_.inputs.end(), paths.begin(), paths.end());
  }

  const std::filesystem::path& directory_;
  bool needs_output_;
  std::size_t job_files_ = 0;
  Arguments result_;
};

}  // namespace

base::Result<Arguments> adapt_arguments(const std::vector<std::string>& given,
                                        const std::filesystem::path& directory, bool needs_output) {
  return Adapter(directory, needs_output).run(given);
}

}  // namespace gantry::fio
