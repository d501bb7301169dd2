#include "registry/blob_locations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::registry {
namespace {

const Endpoint kRegistry{"https", "registry.example", 443};
const auto kA = content::sha256("a");
const auto kB = content::sha256("b");

class Locations : public testing::Test {
 protected:
  BlobLocations open(const Endpoint& registry = kRegistry) {
    return BlobLocations::open(directory_.path() / "registries", registry);
  }

  std::filesystem::path file() const {
    return directory_.path() / "registries" / content::sha256("https://registry.example").hex();
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Locations, AreRememberedByTheNextProcess) {
  open().add("team/app", std::vector{kA});
  open().add("team/other", std::vector{kA, kB});
  const auto locations = open();
  EXPECT_TRUE(locations.has(kA, "team/app"));
  EXPECT_FALSE(locations.has(kB, "team/app"));
  EXPECT_EQ(locations.elsewhere(kB, "team/app"), "team/other");
  EXPECT_EQ(locations.elsewhere(kA, "team/new"), "team/other");  // the latest
  EXPECT_EQ(locations.elsewhere(kB, "team/other"), std::nullopt);
}

TEST_F(Locations, AreThoseOfOneRegistry) {
  open().add("team/app", std::vector{kA});
  EXPECT_FALSE(open({"https", "other.example", 443}).has(kA, "team/app"));
  EXPECT_FALSE(open({"http", "registry.example", 443}).has(kA, "team/app"));
}

TEST_F(Locations, ThatAreDamagedAreIgnored) {
  ASSERT_TRUE(base::make_directories(file().parent_path()));
  ASSERT_TRUE(base::write_file(file(), "nonsense\n" + kA.hex() + " ../../evil?x=1\n" + kA.hex() +
                                           "\n" + std::string(64, 'z') + " team/app\n" + kB.hex() +
                                           " team/app\n\0\xff"));
  const auto locations = open();
  EXPECT_EQ(locations.elsewhere(kA, ""), std::nullopt);
  EXPECT_TRUE(locations.has(kB, "team/app"));
}

TEST_F(Locations, AreForgottenRatherThanGrowForEver) {
  for (int i = 0; i < 60; ++i) {
    std::vector<content::Digest> digests;
    for (int j = 0; j < 1000; ++j) {
      digests.push_back(content::sha256(std::to_string(i * 1000 + j)));
    }
    open().add("team/app", digests);
  }
  EXPECT_LE(std::filesystem::file_size(file()), std::uintmax_t{1} << 20);
  EXPECT_TRUE(open().has(content::sha256("59999"), "team/app"));
  EXPECT_FALSE(open().has(content::sha256("0"), "team/app"));
}

TEST_F(Locations, WithoutADirectoryAreKeptForOneProcess) {
  auto locations = BlobLocations::open({}, kRegistry);
  locations.add("team/app", std::vector{kA});
  EXPECT_TRUE(locations.has(kA, "team/app"));
}

}  // namespace
}  // namespace gantry::registry
