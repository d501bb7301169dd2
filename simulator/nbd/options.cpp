#include "nbd/options.hpp"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::nbd {

namespace {

using base::Error;

template <class T>
using Names = std::array<std::pair<std::string_view, T>, 3>;

constexpr Names<gantry_ssd_data> kData = {
    {{"timing", GANTRY_SSD_TIMING_ONLY}, {"memory", GANTRY_SSD_MEMORY}, {"file", GANTRY_SSD_FILE}}};
constexpr Names<gantry_ssd_fill> kFill = {{{"none", GANTRY_SSD_FRESH},
                                           {"sequential", GANTRY_SSD_FILL_SEQUENTIAL},
                                           {"random", GANTRY_SSD_FILL_RANDOM}}};

constexpr std::pair<std::string_view, std::string Options::*> kTexts[] = {
    {"json", &Options::json},
    {"uri", &Options::uri},
};

constexpr std::pair<std::string_view, std::string Options::*> kPaths[] = {
    {"state", &Options::state},           {"data-file", &Options::data_file},
    {"capture", &Options::capture},       {"report", &Options::report},
    {"save-state", &Options::save_state}, {"socket", &Options::socket},
};

template <class T>
base::Result<T> choose(const Names<T>& names, std::string_view key, std::string_view value) {
  for (const auto& [name, meaning] : names) {
    if (name == value) {
      return meaning;
    }
  }
  return Error{fmt::format("{} is {}, {} or {}, not \"{}\"", key, names[0].first, names[1].first,
                           names[2].first, base::printable(value)),
               "", ""};
}

std::string absolute(std::string_view path) {
  std::error_code unknown;
  return std::filesystem::absolute(path, unknown).string();
}

/// Profiles have neither a slash nor a dot in their names.
std::string device_of(std::string_view value) {
  return value.find_first_of("/.") == std::string_view::npos ? std::string(value) : absolute(value);
}

base::Result<std::uint64_t> number(std::string_view key, std::string_view value) {
  if (const auto parsed = base::parse_unsigned(value)) {
    return *parsed;
  }
  return Error{fmt::format("{} is a number, not \"{}\"", key, base::printable(value)), "", ""};
}

base::Result<std::optional<realtime::Nanos>> transport_of(std::string_view value) {
  if (value == "auto") {
    return std::optional<realtime::Nanos>{};
  }
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"us", 1000}, {"ns", 1}};
  constexpr std::uint64_t kMost = 1'000'000'000;
  for (const auto& [unit, nanos] : kUnits) {
    if (value.ends_with(unit)) {
      const auto count = base::parse_unsigned(value.substr(0, value.size() - unit.size()));
      if (count && *count <= kMost / nanos) {
        return std::optional(realtime::Nanos{static_cast<std::int64_t>(*count * nanos)});
      }
    }
  }
  return Error{fmt::format("transport is auto or a time of up to 1 s, such as 15us or 0ns, not "
                           "\"{}\"",
                           base::printable(value)),
               "", ""};
}

}  // namespace

const char* const kOptionsHelp =
    "[device=]<PROFILE|FILE>  The drive: a description, or a profile's name.\n"
    "json=<TEXT>              A description itself.\n"
    "state=<FILE>             Go on from this state.\n"
    "data=timing|memory|file  What is kept of the data (default: memory).\n"
    "data-file=<FILE>         Where, with data=file; made if absent.\n"
    "fill=none|sequential|random, seed=<N>\n"
    "                         What was done with the drive before, in no time.\n"
    "transport=auto|<TIME>    The way of requests and replies, which is subtracted (default: "
    "auto).\n"
    "capture=<FILE>           Write the requests as a trace, in the text of blkparse.\n"
    "report=<FILE>            At the end, write what was measured, in JSON.\n"
    "save-state=<FILE>        At the end, write the state.\n"
    "progress=<SECONDS>       A line on standard error that often (default: 0, none).\n"
    "uri=<URI>                What to say when the drive can be used.\n"
    "socket=<FILE>            To be removed at the end.";

base::Result<void> set(Options& options, std::string_view key, std::string_view value) {
  if (key == "device") {
    options.device = device_of(value);
    return {};
  }
  for (const auto& [name, member] : kTexts) {
    if (key == name) {
      options.*member = value;
      return {};
    }
  }
  for (const auto& [name, member] : kPaths) {
    if (key == name) {
      options.*member = absolute(value);
      return {};
    }
  }
  if (key == "data") {
    GANTRY_TRY(options.data, choose(kData, key, value));
  } else if (key == "fill") {
    GANTRY_TRY(options.fill, choose(kFill, key, value));
  } else if (key == "seed") {
    GANTRY_TRY(options.seed, number(key, value));
  } else if (key == "transport") {
    GANTRY_TRY(options.transport, transport_of(value));
  } else if (key == "progress") {
    GANTRY_TRY(const auto seconds, number(key, value));
    constexpr std::uint64_t kDay = 86'400;
    options.progress = std::chrono::seconds{std::min(seconds, kDay)};
  } else {
    return Error{fmt::format("there is no parameter \"{}\"", base::printable(key)), "",
                 "`nbdkit <plugin> --help` names them"};
  }
  return {};
}

base::Result<void> check(const Options& options) {
  if (options.device.empty() && options.json.empty() && options.state.empty()) {
    return Error{"device, json or state is needed: what drive is to be simulated", "",
                 "`gantry ssd config list` names those that are known"};
  }
  if ((options.data == GANTRY_SSD_FILE) != !options.data_file.empty()) {
    return Error{"data=file and data-file go together", "", ""};
  }
  // A state may be saved where it came from.
  for (const auto& [key, member] : kPaths) {
    for (const auto& [other, its] : kPaths) {
      const bool may_be_one = key == other || (key == "save-state" && other == "state");
      if (key < other && !may_be_one && !(options.*member).empty() &&
          options.*member == options.*its) {
        return Error{fmt::format("{} and {} are one file", key, other), options.*member,
                     "give each a file of its own"};
      }
    }
  }
  return {};
}

}  // namespace gantry::nbd
