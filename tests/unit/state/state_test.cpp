#include "state/state.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "random_host.hpp"
#include "ssd/precondition.hpp"
#include "state/blocks.hpp"
#include "state/header.hpp"
#include "varied_devices.hpp"

namespace gantry::state {
namespace {

using ssd::Nanos;

class State : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }
  std::string bytes(const std::string& name) const {
    return *base::read_file(path(name), std::uint64_t{1} << 32);
  }

 private:
  base::TempDir directory_ = *base::TempDir::create();
};

config::Description described(const ssd::Parameters& parameters) {
  return {"tested", "nowhere", parameters, {}};
}

std::string message(const base::Error& error) {
  return error.where + ": " + error.what;
}

TEST_F(State, ARunGoesOnFromAFileAsWithoutIt) {
  for (const auto& [name, parameters] : ssd::varied_devices()) {
    SCOPED_TRACE(name);
    ssd::Device device(parameters);
    ssd::RandomHost host(7);
    host.run(device, 700);
    const auto saved = save(device, described(parameters), path("one"));
    ASSERT_TRUE(saved) << message(saved.error());
    const auto opened = open(path("one"));
    ASSERT_TRUE(opened) << message(opened.error());
    EXPECT_EQ(opened->description, described(parameters));
    auto other_host = host;
    const auto completions = host.run(device, 300);
    const auto other = other_host.run(*opened->device, 300);
    ASSERT_EQ(completions.size(), other.size());
    for (std::size_t at = 0; at < completions.size(); ++at) {
      ASSERT_EQ(completions[at].command.tag, other[at].command.tag);
      ASSERT_EQ(completions[at].time, other[at].time);
      ASSERT_EQ(completions[at].latency.collection, other[at].latency.collection);
    }
    ASSERT_TRUE(save(device, described(parameters), path("one")));
    ASSERT_TRUE(save(*opened->device, described(parameters), path("two")));
    EXPECT_EQ(bytes("one"), bytes("two"));
  }
}

TEST_F(State, LargeTablesAreMappedAndCopiedWhereTheyChange) {
  ssd::Parameters parameters;
  parameters.geometry.blocks_per_plane = 512;  // 32 MB of tables
  parameters.logical_pages = 3'800'000;
  ssd::Device device(parameters);
  fill_at_random(device, 3);
  ASSERT_TRUE(save(device, described(parameters), path("one")));
  const auto before = bytes("one");
  const auto opened = open(path("one"));
  ASSERT_TRUE(opened) << message(opened.error());
  ssd::RandomHost host(7);
  auto other_host = host;
  host.run(device, 5'000);
  other_host.run(*opened->device, 5'000);
  EXPECT_TRUE(bytes("one") == before) << "the file has changed";
  // The file that is mapped is replaced, and goes on to be there for the mapping.
  ASSERT_TRUE(save(*opened->device, described(parameters), path("one")));
  ASSERT_TRUE(save(device, described(parameters), path("two")));
  EXPECT_TRUE(bytes("one") == bytes("two"));
  other_host.run(*opened->device, 1'000);
  EXPECT_EQ(opened->device->fault(1), nullptr);
}

TEST_F(State, AFreshDeviceTakesNoRoomHoweverLargeItIs) {
  ssd::Parameters parameters;
  parameters.geometry.blocks_per_plane = 32'768;  // 1 TiB
  parameters.logical_pages = 250'000'000;
  ssd::Device device(parameters);
  ASSERT_TRUE(save(device, described(parameters), path("fresh")));
  EXPECT_LT(bytes("fresh").size(), 200'000U);
  const auto opened = open(path("fresh"));
  ASSERT_TRUE(opened) << message(opened.error());
  EXPECT_EQ(opened->device->flash().translation().pages().mapped(), 0U);
}

TEST_F(State, CommandsThatHaveNotEndedAreNotSaved) {
  const auto parameters = ssd::small_device();
  ssd::Device device(parameters);
  device.submit(ssd::page_command(ssd::Opcode::kWrite, 1));
  const auto saved = save(device, described(parameters), path("one"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().what, "the device has commands that have not ended, and cannot be saved");
  EXPECT_FALSE(std::filesystem::exists(path("one")));
}

TEST_F(State, AFileThatCannotBeWrittenLeavesNothing) {
  const auto parameters = ssd::small_device();
  ssd::Device device(parameters);
  const auto saved = save(device, described(parameters), path("none/one"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().what,
            "cannot create " + path("none/one").native() + ": No such file or directory");
  std::filesystem::create_directory(path("directory"));
  const auto over = save(device, described(parameters), path("directory"));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().what,
            "cannot rename a new file to " + path("directory").native() + ": Is a directory");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path("")), {}), 1);
}

TEST_F(State, AnotherDeviceIsSaidToBeOneByTheFirstKey) {
  auto parameters = ssd::small_device();
  ssd::Device device(parameters);
  ASSERT_TRUE(save(device, described(parameters), path("one")));
  const auto opened = open(path("one"));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(check_same_device(*opened, {"other", "elsewhere", parameters, {}}, path("one")));
  parameters.nand.read[0] = Nanos{60'000};
  parameters.front_end.queues.resize(2);
  const auto same = check_same_device(*opened, described(parameters), path("one"));
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().what,
            R"(this is the state of another device: /nand/read/0 is "50us" there, not "60us")");
  parameters.nand.read[0] = Nanos{50'000};
  EXPECT_NE(check_same_device(*opened, described(parameters), path("one"))
                .error()
                .what.find("/front_end/queues is [{"),
            std::string::npos);
}

TEST(Blocks, OnlyWhatIsNotZeroIsData) {
  std::vector<std::byte> array(10 * kBlock + 5);
  const auto runs = [&] {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> pairs;
    for (const auto& run : runs_of_data(array)) {
      pairs.emplace_back(run.first, run.count);
    }
    return pairs;
  };
  using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(runs(), Pairs{});
  array[2 * kBlock - 1] = std::byte{1};
  array[2 * kBlock] = std::byte{1};
  array.back() = std::byte{1};
  EXPECT_EQ(runs(), (Pairs{{1, 2}, {10, 1}}));
  EXPECT_TRUE(runs_of_data({}).empty());
}

}  // namespace
}  // namespace gantry::state
