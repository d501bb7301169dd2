#include "report/device_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

TEST(DeviceRun, IsReadFromWhatTheProgramPrints) {
  const auto json = sample_device();
  const auto run = parse_device_run(json.dump(), "device.json").value();
  EXPECT_EQ(run.device, "ref-a");
  EXPECT_EQ(run.version, json["gantry"]);
  const auto& report = run.report;
  EXPECT_EQ(report.commands, 300U);
  EXPECT_EQ(report.iops, json["report"]["iops"]);
  ASSERT_EQ(report.operations.size(), 2U);
  EXPECT_EQ(report.operations[0].name, "read");
  EXPECT_EQ(report.operations[0].latency.percentile("99"), 847871);
  EXPECT_EQ(report.operations[0].latency.percentile("98"), std::nullopt);
  EXPECT_EQ(report.operations[1].parts[3], 104175706U);
  EXPECT_EQ(report.dies.size(), 32U);
  EXPECT_EQ(report.channels.size(), 8U);
  EXPECT_EQ(report.slowest("99"), 1589247);
  EXPECT_EQ(report.slowest("42"), std::nullopt);
  EXPECT_EQ(report.parts()[3], 104175706U + 15522100U);
  EXPECT_FALSE(report.picojoules);
}

TEST(DeviceRun, IsReadFromWhatTheLibraryGives) {
  const auto json = sample_device();
  const auto run = parse_device_run(nlohmann::json{{"description", json["device"]["description"]},
                                                   {"report", json["report"]}}
                                        .dump(),
                                    "device.json")
                       .value();
  EXPECT_EQ(run.device, "ref-a");
  EXPECT_EQ(run.digest, "");
  EXPECT_TRUE(run.workload.empty());
  EXPECT_EQ(run.report.commands, 300U);
}

TEST(DeviceRun, SettingsAreGroupedByTheirObjects) {
  const auto run = parse_device_run(sample("device.json"), "device.json").value();
  EXPECT_EQ(run.description[0].name, "");
  EXPECT_THAT(run.description[0].settings, testing::Contains(Setting{"capacity", "7GiB"}));
  EXPECT_EQ(run.description[1].name, "geometry");
  EXPECT_THAT(run.description[1].settings, testing::Contains(Setting{"channels", "8"}));
  EXPECT_THAT(run.description[2].settings, testing::Contains(Setting{"read", "50us"}));
  EXPECT_THAT(run.workload, testing::Contains(Setting{"read", "50%"}));
}

TEST(DeviceRun, WithoutCommandsHasNoOperations) {
  auto json = sample_device();
  json["report"].erase("opcodes");
  json["report"]["commands"] = 0;
  EXPECT_TRUE(parse_device_run(json.dump(), "device.json").value().report.operations.empty());
}

TEST(DeviceRun, MistakesAreNamedByFileAndPointer) {
  const auto with = [](const char* pointer, const nlohmann::json& value) {
    auto json = sample_device();
    json[nlohmann::json::json_pointer(pointer)] = value;
    return refusal_of(json);
  };
  EXPECT_EQ(with("/report/iops", -1), "device.json: /report/iops must be a number from 0");
  EXPECT_EQ(with("/report/iops", "many"), "device.json: /report/iops must be a number from 0");
  EXPECT_EQ(with("/report/commands", 1.5),
            "device.json: /report/commands must be a whole number from 0");
  EXPECT_EQ(with("/report/utilization/dies/3", -0.5),
            "device.json: /report/utilization/dies/3 must be a number from 0");
  EXPECT_EQ(with("/report/opcodes/read/latency_ns/percentiles/x", 1),
            "device.json: /report/opcodes/read/latency_ns/percentiles/x must be named by a number "
            "from 0 to 100");
  EXPECT_EQ(with("/report/opcodes/read/latency_ns/counts/0", {1, 2, 3}),
            "device.json: /report/opcodes/read/latency_ns/counts/0 must have at most 2 elements");
  EXPECT_EQ(with("/report/opcodes/read/latency_ns/counts/1", {1, 2}),
            "device.json: /report/opcodes/read/latency_ns/counts/1 must be longer than the latency "
            "before it");
  EXPECT_EQ(with("/report/opcodes/read/latency_ns/min", 1e12),
            "device.json: /report/opcodes/read/latency_ns must have a min that is not above its "
            "max");
  EXPECT_EQ(with("/report/opcodes/<script>", {{"commands", 1}}),
            "device.json: /report/opcodes/<script> must be named read, write, trim or flush");
  EXPECT_EQ(with("/report/utilization/dies", std::vector<double>(65'537)),
            "device.json: /report/utilization/dies must have at most 65536 elements");
  auto json = sample_device();
  json.erase("report");
  EXPECT_EQ(refusal_of(json),
            "device.json: /report/begin_ns is missing: it must be a whole number from 0");
}

}  // namespace
}  // namespace gantry::report
