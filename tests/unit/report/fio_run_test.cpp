#include "report/fio_run.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

TEST(FioRun, IsReadFromWhatFioWrites) {
  const auto json = nlohmann::json::parse(sample("fio.json"));
  const auto run = parse_fio_run(sample("fio.json"), "fio.json").value();
  EXPECT_EQ(run.version, "fio-3.33");
  ASSERT_EQ(run.jobs.size(), 1U);
  EXPECT_EQ(run.jobs[0].name, "nil");
  ASSERT_EQ(run.jobs[0].directions.size(), 2U);
  const auto& read = run.jobs[0].directions[0];
  const auto& from = json["jobs"][0]["read"];
  EXPECT_EQ(read.name, "read");
  EXPECT_EQ(read.commands, from["total_ios"]);
  EXPECT_EQ(read.iops, from["iops"]);
  EXPECT_EQ(read.bytes_per_second, from["bw_bytes"]);
  EXPECT_EQ(read.completion.mean, from["clat_ns"]["mean"]);
  EXPECT_EQ(read.completion.percentile("99.000000"), 5728);
  EXPECT_EQ(read.completion.buckets.size(), from["clat_ns"]["bins"].size());
  EXPECT_EQ(read.whole.mean, from["lat_ns"]["mean"]);
}

TEST(FioRun, WarningsBeforeTheDocumentAreSkipped) {
  EXPECT_TRUE(parse_fio_run("fio: a warning\n" + sample("fio.json"), "fio.json"));
}

TEST(FioRun, MistakesAreNamedByFileAndPointer) {
  const auto with = [](const char* pointer, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(sample("fio.json"));
    json[nlohmann::json::json_pointer(pointer)] = value;
    const auto run = parse_fio_run(json.dump(), "fio.json");
    return run ? "" : run.error().where + ": " + run.error().what;
  };
  EXPECT_EQ(with("/jobs", 1), "fio.json: /jobs must be an array");
  EXPECT_EQ(with("/jobs/0/jobname", 1), "fio.json: /jobs/0/jobname must be a string");
  EXPECT_EQ(with("/jobs/0/read/iops", -1), "fio.json: /jobs/0/read/iops must be a number from 0");
  EXPECT_EQ(with("/jobs/0/read/clat_ns/bins/x", 1),
            "fio.json: /jobs/0/read/clat_ns/bins/x must be named by a whole number of nanoseconds");
}

}  // namespace
}  // namespace gantry::report
