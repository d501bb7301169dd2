#include "report/fio_run.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace gantry::report {

namespace {

constexpr std::size_t kMostJobs = 4096;
constexpr std::size_t kMostBins = 65'536;

Latency read_latency(const JsonField& field) {
  Latency latency{field["min"].amount(), field["mean"].amount(), field["max"].amount(), {}, {}};
  if (field["percentile"].present()) {
    latency.percentiles = read_percentiles(field["percentile"]);
  }
  if (field["bins"].present()) {
    for (const auto& [name, count] : field["bins"].members(kMostBins)) {
      const auto nanos = base::parse_unsigned(name);
      if (!nanos) {
        count.reject("must be named by a whole number of nanoseconds");
        break;
      }
      latency.buckets.push_back({static_cast<double>(*nanos), count.count()});
    }
  }
  std::sort(latency.buckets.begin(), latency.buckets.end(),
            [](const Bucket& a, const Bucket& b) { return a.nanos < b.nanos; });
  return latency;
}

FioJob read_job(std::size_t number, const JsonField& field) {
  FioJob job{number, field["jobname"].text(), {}};
  for (const auto* name : {"read", "write", "trim"}) {
    const auto direction = field[name];
    if (!direction.present() || direction["total_ios"].count() == 0) {
      continue;
    }
    job.directions.push_back({name, direction["total_ios"].count(), direction["iops"].amount(),
                              direction["bw_bytes"].amount(), read_latency(direction["clat_ns"]),
                              read_latency(direction["lat_ns"])});
  }
  return job;
}

}  // namespace

base::Result<FioRun> parse_fio_run(std::string_view text, std::string name) {
  if (const auto begin = text.find("\n{");
      !text.starts_with('{') && begin != std::string_view::npos) {
    text.remove_prefix(begin + 1);
  }
  GANTRY_TRY(auto input, JsonInput::parse(text, std::move(name)));
  const auto root = input.root();
  FioRun run{root["fio version"].text(), {}};
  for (const auto& job : root["jobs"].elements(kMostJobs)) {
    run.jobs.push_back(read_job(run.jobs.size(), job));
  }
  GANTRY_CHECK(input.verdict());
  return run;
}

}  // namespace gantry::report
