#include "config/description.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "config/validation.hpp"

namespace gantry::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems(std::string_view json) {
  std::vector<std::string> texts;
  for (const auto& problem : read(json).problems) {
    texts.push_back(to_text(problem));
  }
  return texts;
}

/// The parameters of a description that is a good one.
ssd::Parameters good(std::string_view json) {
  const auto reading = read(json);
  EXPECT_THAT(problems(json), IsEmpty());
  return reading.description ? reading.description->parameters : ssd::Parameters{};
}

TEST(Description, HasDefaultsForAllButTheCapacity) {
  ssd::Parameters expected;

  expected.logical_pages = 7 * 262'144;
  EXPECT_EQ(good(R"({"capacity": "7GiB"})"), expected);
}

TEST(Description, OverProvisioningIsOfWhatTheHostSees) {
  // 2,097,152 logical pages in 8 GiB; / 1.07 = 1,959,955.14
  EXPECT_EQ(good(R"({"over_provisioning": "7%"})").logical_pages, 1'959'955U);
  EXPECT_EQ(good(R"({"over_provisioning": "100%"})").logical_pages, 1'048'576U);
}

TEST(Description, EveryValueIsTaken) {
  const auto parameters = good(R"({
    "name": "n", "origin": "o",
    "geometry": {"channels": 2, "chips_per_channel": 3, "dies_per_chip": 4, "planes_per_die": 5,
                 "blocks_per_plane": 64, "pages_per_block": 7, "page_size": "16KiB",
                 "mapping_unit": "8KiB"},
    "capacity": "128MiB",
    "nand": {"cell": "TLC", "read": ["1us", "2us", "3us"], "program": ["4us"], "erase": "5us",
             "command": "6ns", "suspend": "7ns", "resume": "8ns"},
    "channel": {"bandwidth": "1GB/s", "latency": "9ns"},
    "link": {"bandwidth": "unlimited", "latency": "10ns"},
    "front_end": {"queues": [{"weight": 2}, {"urgent": true}],
                  "arbitration": "weighted-round-robin", "commands_in_device": 11,
                  "command_cost": "12ns", "page_cost": "13ns"},
    "allocation": {"order": "PDWC", "policy": "idle-first"},
    "scheduling": {"order": "first-come", "suspend_program": true, "suspend_erase": true},
    "garbage_collection": {"victims": "d-choices", "choices": 14, "start_below": 5,
                           "idle_below": 16, "generations": 2, "preemptible": false},
    "wear_leveling": {"dynamic": false, "static_above": 17},
    "write_buffer": {"size": "1MiB", "latency": "18ns", "programs_per_die": 19},
    "energy": {"read": "20uJ", "program": "21nJ", "erase": "22mJ", "transfer": "23pJ",
               "idle": "24mW"},
    "attribution": false, "seed": 18446744073709551615})");
  using ssd::Nanos;
  ssd::Parameters expected;
  expected.geometry = {2, 3, 4, 5, 64, 7, 16'384, 8'192};
  expected.logical_pages = 16'384;
  expected.nand = {3,
                   {Nanos{1'000}, Nanos{2'000}, Nanos{3'000}},
                   {Nanos{4'000}, Nanos{4'000}, Nanos{4'000}},
                   Nanos{5'000},
                   Nanos{6},
                   Nanos{7},
                   Nanos{8}};
  expected.channel = {1'000'000'000, Nanos{9}};
  expected.link = {0, Nanos{10}};
  expected.front_end = {
      {{2, false}, {1, true}}, ssd::Arbitration::kWeightedRoundRobin, 11, Nanos{12}, Nanos{13}};
  expected.plane_order = {'P', 'D', 'W', 'C'};
  expected.allocation = ssd::WriteAllocation::kIdleFirst;
  expected.die_order = ssd::DieOrder::kFirstCome;
  expected.suspend_program = true;
  expected.suspend_erase = true;
  expected.collection = {ssd::VictimPolicy::kDChoices, 14, 5, 16, 2, false};
  expected.wear = {false, 17};
  expected.buffer = {128, Nanos{18}, 19};
  expected.energy = {20'000'000, 21'000, 22'000'000'000, 23, 24'000};
  expected.attribution = false;
  expected.seed = ~std::uint64_t{0};
  EXPECT_EQ(parameters, expected);
}

TEST(Description, ATimeThatIsNotGivenIsTheDefaultForAllTypesOfPage) {
  const auto parameters = good(R"({"capacity": "7GiB", "nand": {"cell": "MLC"}})");
  EXPECT_EQ(parameters.nand.read[1], ssd::Nanos{50'000});
  EXPECT_EQ(parameters.nand.program[1], ssd::Nanos{600'000});
  EXPECT_EQ(parameters.nand.program[2], ssd::Nanos{0});
}

TEST(Description, AllProblemsAreTold) {
  EXPECT_THAT(
      problems(R"({"nand": {"rread": ["50us"], "erase": 3}, "channels": {},
                           "geometry": {"channels": 0}})"),
      ElementsAre("/channels: unknown key; did you mean 'channel'?",
                  "/nand/rread: unknown key; did you mean 'read'?",
                  "/geometry/channels: expected a whole number from 1 to 1024, such as 8, "
                  "found 0",
                  "/nand/erase: expected a time from 0ns to 1000s, such as \"3ms\", found 3",
                  "one of 'capacity' (\"480GiB\") and 'over_provisioning' (\"7%\") is "
                  "needed"));
}

/// One wrong value, and the only message about it.
struct Wrong {
  const char* json;
  const char* problem;
};

class WrongDescription : public testing::TestWithParam<Wrong> {};

TEST_P(WrongDescription, IsAProblem) {
  EXPECT_THAT(problems(GetParam().json), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Document, WrongDescription,
    testing::Values(
        Wrong{"[]", "expected an object, such as {\"capacity\": \"7GiB\"}, found an array"},
        Wrong{"null", "expected an object, such as {\"capacity\": \"7GiB\"}, found null"},
        Wrong{R"({"capacity": "7GiB", "capacity": "7GiB"})", "/capacity: this key is there twice"},
        Wrong{R"({"capacity": "7GiB", "nand": {"erase": "1ms", "erase": "1ms"}})",
              "/nand/erase: this key is there twice"},
        Wrong{R"({"capacity": "7GiB", "front_end": {"queues": [{}, {"weight": 1, "weight": 1}]}})",
              "/front_end/queues/1/weight: this key is there twice"},
        Wrong{R"({"capacity": "7GiB", "a/b~": 1})",
              "/a~1b~0: unknown key; here may be name, origin, geometry, capacity, "
              "over_provisioning, namespaces, nand, channel, link, front_end, allocation, "
              "scheduling, garbage_collection, wear_leveling, write_buffer, energy, attribution, "
              "seed"},
        Wrong{R"({"capacity": "7GiB", "nand": 3})", "/nand: expected an object, found 3"},
        Wrong{R"({"capacity": "7GiB", "over_provisioning": "20%"})",
              "/over_provisioning: only one of 'capacity' and 'over_provisioning' can be given"}));

INSTANTIATE_TEST_SUITE_P(
    Value, WrongDescription,
    testing::Values(
        Wrong{R"({"capacity": 7})",
              "/capacity: expected a size from 512B to 8192TiB, such as \"480GiB\", found 7"},
        Wrong{R"({"capacity": "7000000001B"})",
              "/capacity: expected a multiple of the mapping unit, 4KiB, such as "
              "\"6999998464B\", found \"7000000001B\""},
        Wrong{R"({"over_provisioning": "7"})",
              "/over_provisioning: expected a share from 0% to 10000%, such as \"7%\", "
              "found \"7\": its unit is none of %"},
        Wrong{R"({"capacity": "7GiB", "name": 5})",
              "/name: expected a text of up to 2000 bytes, such as \"my-device\", found 5"},
        Wrong{R"({"capacity": "7GiB", "seed": -1})",
              "/seed: expected a whole number from 0 to 18446744073709551615, such as 1, found -1"},
        Wrong{
            R"({"capacity": "7GiB", "seed": 1.5})",
            "/seed: expected a whole number from 0 to 18446744073709551615, such as 1, found 1.5"},
        Wrong{R"({"capacity": "7GiB", "attribution": "yes"})",
              "/attribution: expected true or false, found \"yes\""},
        Wrong{R"({"capacity": "7GiB", "allocation": {"policy": "statik"}})",
              "/allocation/policy: expected one of \"static\", \"round-robin\", \"idle-first\", "
              "found \"statik\"; did you mean \"static\"?"},
        Wrong{R"({"capacity": "7GiB", "allocation": {"order": "CWWP"}})",
              "/allocation/order: expected the letters of \"CWDP\" in any order, found \"CWWP\"; "
              "did you mean \"CWDP\"?"},
        Wrong{
            R"({"capacity": "7GiB", "channel": {"bandwidth": "0B/s"}})",
            "/channel/bandwidth: expected \"unlimited\" or a bandwidth from 1MB/s to 10TB/s, such "
            "as \"800MB/s\", found \"0B/s\": it is zero; what takes no time is \"unlimited\""},
        Wrong{R"({"capacity": "7GiB", "nand": {"erase": "1001s"}})",
              "/nand/erase: expected a time from 0ns to 1000s, such as \"3ms\", found \"1001s\""},
        Wrong{R"({"capacity": "7GiB", "nand": {"erase": "-1us"}})",
              "/nand/erase: expected a time from 0ns to 1000s, such as \"3ms\", found \"-1us\": it "
              "does not begin with a number"},
        Wrong{R"({"capacity": "7GiB", "nand": {"read": "50us"}})",
              "/nand/read: expected an array of one time for all types of page, such as "
              "[\"50us\"], found \"50us\""},
        Wrong{R"({"capacity": "7GiB", "nand": {"cell": "TLC", "read": ["1us", "2us"]}})",
              "/nand/read: expected an array of one time for all types of page, such as "
              "[\"50us\"], or of 3, one for each, found 2"},
        Wrong{R"({"capacity": "7GiB", "nand": {"cell": "MLC", "read": ["1us", 2]}})",
              "/nand/read/1: expected a time from 0ns to 1000s, such as \"50us\", found 2"},
        Wrong{R"({"capacity": "7GiB", "front_end": {"queues": []}})",
              "/front_end/queues: expected an array of 1 to 64 queues, such as [{\"weight\": 1}], "
              "found 0"},
        Wrong{R"({"capacity": "7GiB", "front_end": {"queues": [{"weights": 1}]}})",
              "/front_end/queues/0/weights: unknown key; did you mean 'weight'?"},
        Wrong{R"({"capacity": "7GiB", "front_end": {"queues": [{"weight": 0}]}})",
              "/front_end/queues/0/weight: expected a whole number from 1 to 65536, such as 1, "
              "found 0"},
        Wrong{R"({"capacity": "7GiB", "front_end": {"queues": [3]}})",
              "/front_end/queues/0: expected an object, such as {\"weight\": 1}, found 3"}));

INSTANTIATE_TEST_SUITE_P(
    Whole, WrongDescription,
    testing::Values(
        Wrong{R"({"capacity": "6GiB", "geometry": {"mapping_unit": "3KiB"}})",
              "/geometry/mapping_unit: a page of 4KiB is no multiple of a mapping unit of 3KiB"},
        Wrong{
            R"({"capacity": "8GiB"})",
            "/capacity: expected less than 8032MiB, or over_provisioning of 1.9921% or more, which "
            "leaves the 5 blocks of each plane that garbage collection needs; found 8GiB"},
        Wrong{R"({"over_provisioning": "1%"})",
              "/over_provisioning: expected less than 8032MiB, or over_provisioning of 1.9921% or "
              "more, which leaves the 5 blocks of each plane that garbage collection needs; found "
              "8504885248B"},
        Wrong{R"({"capacity": "7GiB", "garbage_collection": {"start_below": 1}})",
              "/garbage_collection/start_below: expected a whole number from 2 to 4294967295, such "
              "as 3, found 1"},
        Wrong{R"({"capacity": "7GiB", "garbage_collection": {"generations": 9}})",
              "/garbage_collection/generations: expected a whole number from 0 to 8, such as 1, "
              "found 9"},
        Wrong{R"({"capacity": "7GiB", "garbage_collection": {"start_below": 255}})",
              "/geometry/blocks_per_plane: expected more than 257, which garbage collection needs "
              "with start_below 255 and generations 1, found 256"},
        Wrong{R"({"capacity": "7GiB", "garbage_collection": {"idle_below": 257}})",
              "/garbage_collection/idle_below: 257 free blocks of a plane that has 256"},
        Wrong{R"({"capacity": "7GiB", "geometry": {"page_size": "16KiB", "pages_per_block": 64},
                  "write_buffer": {"size": "8KiB"}})",
              "/write_buffer/size: expected 0B, or from a page of flash, 16KiB, to 64GiB, found "
              "8KiB"},
        Wrong{R"({"capacity": "7GiB", "geometry": {"channels": 1024, "chips_per_channel": 65,
                  "blocks_per_plane": 64}})",
              "/geometry: 66560 dies, of which there can be 65536"},
        Wrong{R"({"capacity": "7GiB", "geometry": {"blocks_per_plane": 16777216,
                  "pages_per_block": 65536}})",
              "/geometry: 35184372088832 logical pages, spare ones included, of which there can be "
              "4294967294"}));

TEST(Description, WhatTheParserSaysIsTold) {
  EXPECT_THAT(problems("{\n  \"capacity\": \"7GiB\",\n}"),
              ElementsAre(HasSubstr("parse error at line 3, column 1")));
  EXPECT_THAT(problems(""), ElementsAre(HasSubstr("unexpected end of input")));
  EXPECT_THAT(problems("{\"name\": \"\xff\"}"), ElementsAre(HasSubstr("ill-formed UTF-8")));
}

TEST(Description, DepthAndLengthAreBounded) {
  EXPECT_THAT(problems(std::string(100'000, '[')),
              ElementsAre(HasSubstr("nested deeper than 16 levels")));
  EXPECT_THAT(problems(std::string((1 << 20) + 1, ' ')), ElementsAre("longer than 1048576 bytes"));
}

TEST(Description, IsLoadedByTheNameOfAProfile) {
  const auto loaded = load("ref-a");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->name, "ref-a");
}

TEST(Description, AnUnknownNameIsNoFile) {
  const auto loaded = load("ref-b");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().what, "there is no profile 'ref-b'");
  EXPECT_EQ(loaded.error().hint, "did you mean 'ref-a'?");
}

TEST(Description, IsLoadedFromAFileWithAllItsProblems) {
  const auto scratch = base::TempDir::create();
  ASSERT_TRUE(scratch);
  const auto path = (scratch->path() / "device.json").string();
  const auto missing = load(path);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("No such file"));
  std::ofstream(path) << R"({"seed": -1})";
  const auto wrong = load(path);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().where, path);
  EXPECT_THAT(wrong.error().what, testing::StartsWith("2 problems\n  /seed: expected"));
  std::ofstream(path) << R"({"capacity": "7GiB"})";
  EXPECT_TRUE(load(path));
}

}  // namespace
}  // namespace gantry::config
