#include "fio/tool/job_file.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::fio {

namespace {

constexpr int kMostIncludes = 8;  // one in another

/// As `fio --enghelp=ENGINE` lists them, of libaio, io_uring, io_uring_cmd, sg, pvsync2 and mmap.
constexpr std::array<std::string_view, 25> kOthers = {"ioengine",
                                                      "clocksource",
                                                      "cmdprio",
                                                      "cmdprio_bssplit",
                                                      "cmdprio_class",
                                                      "cmdprio_percentage",
                                                      "cmd_type",
                                                      "fixedbufs",
                                                      "force_async",
                                                      "hipri",
                                                      "hipri_percentage",
                                                      "libaio_vectored",
                                                      "nonvectored",
                                                      "nowait",
                                                      "readfua",
                                                      "registerfiles",
                                                      "sg_write_mode",
                                                      "sqthread_poll",
                                                      "sqthread_poll_cpu",
                                                      "stream_id",
                                                      "thp",
                                                      "uncached",
                                                      "userspace_reap",
                                                      "writefua",
                                                      "md_per_io_size"};

std::string_view name_of(std::string_view line) {
  return base::trim(line.substr(0, line.find('=')));
}

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

base::Result<void> adapt(const std::filesystem::path& path, int depth, JobFile& result) {
  if (depth > kMostIncludes) {
    return base::Error{fmt::format("more than {} files include each other", kMostIncludes),
                       path.native(), ""};
  }
  const bool is_standard_input = path == "-";
  GANTRY_TRY(const auto content, base::read_file(is_standard_input ? "/dev/stdin" : path));
  if (!is_standard_input) {
    result.inputs.push_back(path);
  }
  auto lines = base::split(content, '\n');
  if (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  }
  for (const auto line : lines) {
    const auto text = base::trim(line);
    const bool is_include = text.starts_with("include ") || text.starts_with("include\t");
    if (is_include) {
      GANTRY_CHECK(adapt(path.parent_path() / base::trim(text.substr(8)), depth + 1, result));
    } else if (!is_comment(text) && text.front() != '[' && is_of_other_engine(name_of(text))) {
      result.dropped.emplace_back(text);
    } else {
      if (name_of(text) == "read_iolog") {
        const auto logs =
            logs_of(base::trim(text.substr(std::min(text.find('='), text.size() - 1) + 1)));
        result.inputs.insert(result.inputs.end(), logs.begin(), logs.end());
      }
      result.text.append(line).append("\n");
    }
  }
  return {};
}

}  // namespace

std::vector<std::filesystem::path> logs_of(std::string_view value) {
  std::vector<std::filesystem::path> logs;
  for (const auto name : base::split(value, ':')) {
    std::error_code error;
    if (std::filesystem::is_regular_file(name, error)) {
      logs.emplace_back(name);
    }
  }
  return logs;
}

bool is_of_other_engine(std::string_view option) {
  return std::find(kOthers.begin(), kOthers.end(), option) != kOthers.end();
}

base::Result<JobFile> adapt_job_file(const std::filesystem::path& path) {
  JobFile result;
  GANTRY_CHECK(adapt(path, 0, result));
  return result;
}

}  // namespace gantry::fio
