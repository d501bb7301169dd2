#include "vm/qmp.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "peer.hpp"

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

constexpr const char* kGreeting =
    R"({"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}})"
    "\n";

class QmpTest : public testing::Test {
 protected:
  Qmp open() {
    peer_.say(kGreeting);
    peer_.say("{\"return\": {}}\n");
    auto qmp = Qmp::open(peer_.take(), peer_.process(), after(10s));
    EXPECT_TRUE(qmp) << qmp.error().what;
    EXPECT_EQ(peer_.hear(), "{\"execute\":\"qmp_capabilities\"}\n");
    return *std::move(qmp);
  }

  Peer peer_;
};

TEST_F(QmpTest, AnswersAndEventsMayComeInAnyOrder) {
  auto qmp = open();
  peer_.say(
      "{\"event\": \"RESUME\", \"data\": {\"a\": 1}}\n{\"event\": \"STOP\"}\n{\"return\": 5}\n");
  const auto answer = qmp.execute("query-status", "{\"x\":1}");
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, 5);
  EXPECT_EQ(peer_.hear(), "{\"execute\":\"query-status\",\"arguments\":{\"x\":1}}\n");
  EXPECT_EQ(*qmp.wait_for_event("STOP", after(1s)), nlohmann::json::object());
  EXPECT_EQ((*qmp.wait_for_event("RESUME", after(1s)))["a"], 1);
  EXPECT_FALSE(qmp.wait_for_event("RESUME", after(10ms)));
}

TEST_F(QmpTest, QuotesWhatQemuRefuses) {
  auto qmp = open();
  peer_.say(R"({"error": {"class": "GenericError", "desc": "no \u001b[31m disk"}})"
            "\n");
  const auto answer = qmp.execute("migrate");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, "QEMU refuses migrate: no \\x1b[31m disk");
}

TEST_F(QmpTest, IsNotTroubledByWhatIsNoAnswer) {
  for (const char* line : {"5\n", "{\"return\n", "\xff\xfe\n", "{}\n", "{\"error\": 7}\n"}) {
    Peer peer;
    peer.say(kGreeting);
    peer.say("{\"return\": {}}\n");
    auto qmp = Qmp::open(peer.take(), peer.process(), after(10s));
    ASSERT_TRUE(qmp);
    peer.say(line);
    EXPECT_FALSE(qmp->execute("query-status")) << line;
  }
}

TEST_F(QmpTest, LeavesOutWhatIsNestedTooDeep) {
  auto qmp = open();
  std::string deep;
  for (int i = 0; i < 20000; ++i) {
    deep += "[";
  }
  peer_.say("{\"event\": \"X\", \"data\": " + deep + std::string(20000, ']') +
            "}\n{\"return\": 1}\n");
  EXPECT_TRUE(qmp.execute("query-status"));
}

TEST_F(QmpTest, WhatEndsMeanwhileIsSaid) {
  auto qmp = open();
  peer_.hang_up();
  const auto answer = qmp.execute("quit");
  ASSERT_FALSE(answer);
}

TEST_F(QmpTest, ADescriptorGoesAlong) {
  auto qmp = open();
  peer_.say("{\"return\": {}}\n");
  EXPECT_TRUE(qmp.execute_with(0, "getfd", "{\"fdname\":\"state\"}"));
  EXPECT_EQ(peer_.hear(), "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"}}\n");
}

TEST(QmpGreeting, WhatIsNoMonitorIsRefused) {
  Peer peer;
  peer.say("{\"hello\": 1}\n");
  const auto qmp = Qmp::open(peer.take(), peer.process(), after(10s));
  ASSERT_FALSE(qmp);
  EXPECT_EQ(qmp.error().what, "what answers is no monitor of QEMU");
}

}  // namespace
}  // namespace gantry::vm
