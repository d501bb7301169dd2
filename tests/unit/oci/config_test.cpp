#include "oci/config.hpp"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

/// Written by umoci 0.4.7 config.
constexpr std::string_view kUmoci =
    R"({"created":"2020-01-02T03:04:05.678+02:00","author":"me","architecture":"amd64","os":"linux","config":{"User":"1:2","ExposedPorts":{"80/tcp":{}},"Env":["A=1"],"Entrypoint":["/bin/app"],"Volumes":{"/data":{}},"WorkingDir":"/w","Labels":{"k":"v"},"StopSignal":"SIGINT"},"rootfs":{"type":"layers","diff_ids":["sha256:55dc86abc8c21e20db6a59b1453a40007ff3ad2346b715786c976fbecd535997"]},"history":[{"created":"2026-11-21T01:58:30.183350631Z","created_by":"umoci insert"},{"created":"2026-11-21T01:58:30.186973303Z","created_by":"umoci config","author":"me","empty_layer":true}]})";

/// As Docker's builder writes them: nulls for what is not set, fields of its own.
constexpr std::string_view kDocker =
    R"({"architecture":"arm","variant":"v7","config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"Env":["PATH=/usr/bin"],"Cmd":["sh"],"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":30000000000,"Retries":3},"Image":"sha256:0","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null},"container":"d","container_config":{"Cmd":null},"created":"2023-01-01T00:00:00Z","docker_version":"20.10.24","history":[],"os":"linux","rootfs":{"type":"layers"}})";

std::string error_of(std::string_view json) {
  const auto config = parse_config(json, "doc");
  EXPECT_FALSE(config) << json;
  return config ? "" : config.error().where + ": " + config.error().what;
}

TEST(Config, ReadsWhatUmociWrites) {
  const auto config = parse_config(kUmoci, "");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->created, 1577927045);
  EXPECT_EQ(config->user, "1:2");
  EXPECT_EQ(config->exposed_ports, std::vector<std::string>{"80/tcp"});
  EXPECT_EQ(config->volumes, std::vector<std::string>{"/data"});
  EXPECT_EQ(config->labels.at("k"), "v");
  ASSERT_EQ(config->history.size(), 2);
  EXPECT_FALSE(config->history[0].empty_layer);
  EXPECT_EQ(config->history[1].author, "me");
}

TEST(Config, WritesWhatItReadAndNothingElse) {
  const auto config = *parse_config(kUmoci, "");
  EXPECT_EQ(
      to_json(config),
      R"({"architecture":"amd64","author":"me","config":{"Entrypoint":["/bin/app"],"Env":["A=1"],"ExposedPorts":{"80/tcp":{}},"Labels":{"k":"v"},"StopSignal":"SIGINT","User":"1:2","Volumes":{"/data":{}},"WorkingDir":"/w"},"created":"2020-01-02T01:04:05Z","history":[{"created":"2026-11-21T01:58:30Z","created_by":"umoci insert"},{"author":"me","created":"2026-11-21T01:58:30Z","created_by":"umoci config","empty_layer":true}],"os":"linux","rootfs":{"diff_ids":["sha256:55dc86abc8c21e20db6a59b1453a40007ff3ad2346b715786c976fbecd535997"],"type":"layers"}})");
  EXPECT_EQ(*parse_config(to_json(config), ""), config);
}

TEST(Config, ReadsDockersConfig) {
  const auto config = parse_config(kDocker, "");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->platform.text(), "linux/arm/v7");
  EXPECT_EQ(config->healthcheck->test, (std::vector<std::string>{"CMD-SHELL", "true"}));
  EXPECT_EQ(config->healthcheck->interval, 30000000000);
  EXPECT_EQ(config->healthcheck->retries, 3);
  EXPECT_TRUE(config->entrypoint.empty());
  EXPECT_EQ(*parse_config(to_json(*config), ""), *config);
}

TEST(Config, TheLeastConfig) {
  Config config;
  EXPECT_EQ(
      to_json(config),
      R"({"architecture":"amd64","config":{},"os":"linux","rootfs":{"diff_ids":[],"type":"layers"}})");
  EXPECT_EQ(*parse_config(to_json(config), ""), config);
}

TEST(Config, ErrorsNameTheDocumentAndThePlace) {
  EXPECT_EQ(error_of(R"({"os":"linux"})"), "doc: 'architecture' is missing");
  const auto with = [](std::string_view members) {
    return R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers"},)" +
           std::string(members) + "}";
  };
  EXPECT_EQ(error_of(R"({"os":"linux","architecture":"amd64"})"), "doc: 'rootfs' is missing");
  EXPECT_EQ(error_of(with(R"("created":"yesterday")")),
            "doc: /created: 'yesterday' is not a time as RFC 3339 has it, for example "
            "2026-11-21T01:20:22Z");
  EXPECT_EQ(error_of(with(R"("config":{"Env":["A=1",2]})")),
            "doc: /config/Env/1: expected a string, found a number");
  EXPECT_EQ(error_of(with(R"("config":{"Env":{"A":"1"}})")),
            "doc: /config/Env: expected an array, found an object");
  EXPECT_EQ(error_of(with(R"("config":{"Volumes":["/data"]})")),
            "doc: /config/Volumes: expected an object, found an array");
  EXPECT_EQ(error_of(with(R"("history":[{"empty_layer":"yes"}])")),
            "doc: /history/0/empty_layer: expected a boolean, found a string");
  EXPECT_EQ(error_of(with(R"("rootfs":{"type":"zfs"})")),
            "doc: /rootfs/type: expected 'layers', found 'zfs'");
  EXPECT_EQ(error_of(with(R"("rootfs":{"type":"layers","diff_ids":["sha256:00"]})")),
            "doc: /rootfs/diff_ids/0: 'sha256:00' is not a SHA-256 digest");
}

}  // namespace
}  // namespace gantry::oci
