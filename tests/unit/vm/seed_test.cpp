#include "vm/disk/seed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "vm/disk/iso9660.hpp"

namespace gantry::vm {

namespace {

using ::testing::HasSubstr;

/// A CD as bsdtar and blkid read it.
class Cd {
 public:
  explicit Cd(const std::string& image) : directory_(*base::TempDir::create()) {
    EXPECT_TRUE(base::write_file(file(), image));
  }

  std::string list() const { return said({"bsdtar", "-tvf", file()}); }
  std::string content(const std::string& name) const {
    return said({"bsdtar", "-xOf", file(), name});
  }
  std::string label() const {
    return said({"/sbin/blkid", "-p", "-s", "LABEL", "-o", "value", file()});
  }

 private:
  std::string file() const { return directory_.path() / "cd.iso"; }
  static std::string said(std::vector<std::string> arguments) {
    const auto finished = base::run_checked(
        {.arguments = std::move(arguments), .environment = {{"TZ", "UTC"}, {"LC_ALL", "C"}}});
    EXPECT_TRUE(finished) << finished.error().what;
    return finished ? finished->out : "";
  }

  base::TempDir directory_;
};

std::string failure_of(const Seed& seed) {
  const auto made = make_seed(seed, 0);
  return made ? "" : made.error().what;
}

TEST(Iso9660, IsReadByOthers) {
  const std::string large(5000, 'l');
  const std::vector<IsoFile> files{
      {"user-data", "#cloud-config\n"}, {"Large.File", large}, {"empty", ""}};
  const auto image = write_iso9660("cidata", files, 1'600'000'000);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->size() % 2048, 0U);
  const Cd cd(*image);
  EXPECT_EQ(cd.label(), "cidata\n");
  EXPECT_EQ(cd.content("user-data"), "#cloud-config\n");
  EXPECT_EQ(cd.content("Large.File"), large);
  const auto list = cd.list();
  EXPECT_THAT(list, HasSubstr("dr-xr-xr-x  2 0      0"));
  EXPECT_THAT(list, HasSubstr("-r--r--r--  1 0      0          14 Sep 13  2020 user-data"));
  EXPECT_THAT(list, HasSubstr("-r--r--r--  1 0      0           0 Sep 13  2020 empty"));
}

TEST(Iso9660, RefusesWhatItHasNoRoomFor) {
  const auto failure = [](const std::vector<IsoFile>& files) {
    const auto made = write_iso9660("x", files, 0);
    return made ? std::string() : made.error().what;
  };
  EXPECT_EQ(failure({{"a/b", ""}}), "a CD cannot have a file of this name");
  EXPECT_EQ(failure({{std::string(31, 'a'), ""}}), "a CD cannot have a file of this name");
  EXPECT_EQ(failure(std::vector<IsoFile>(9, {"a", ""})),
            "a CD has room for 8 files and 67.1 MB here");
  EXPECT_EQ(failure(std::vector<IsoFile>(8, {std::string(30, 'a'), "x"})), "");
}

TEST(Seed, HasWhatCloudInitLooksFor) {
  Seed seed;
  seed.user_data = "#cloud-config\nhostname: x\n";
  seed.network_config = "version: 2\n";
  seed.hostname = "box.example";
  const auto image = make_seed(seed, 0);
  ASSERT_TRUE(image);
  const Cd cd(*image);
  EXPECT_EQ(cd.label(), "cidata\n");
  EXPECT_EQ(cd.content("user-data"), seed.user_data);
  EXPECT_EQ(cd.content("network-config"), seed.network_config);
  const auto meta = cd.content("meta-data");
  EXPECT_THAT(meta, ::testing::MatchesRegex(
                        "instance-id: gantry-[0-9a-f]{16}\nlocal-hostname: box.example\n"));
  EXPECT_EQ(*make_seed(seed, 0), *image);
  seed.user_data += "# more\n";
  EXPECT_NE(Cd(*make_seed(seed, 0)).content("meta-data"), meta) << "cloud-init would not run again";
}

TEST(Seed, TakesMetaDataOfOnesOwn) {
  Seed seed;
  seed.meta_data = "instance-id: mine\n";
  const auto image = make_seed(seed, 0);
  ASSERT_TRUE(image);
  EXPECT_EQ(Cd(*image).content("meta-data"), "instance-id: mine\n");
  seed.hostname = "box";
  EXPECT_EQ(failure_of(seed), "the host name belongs into the meta-data that is given");
}

TEST(Seed, RefusesWhatCloudInitWouldPassOver) {
  Seed seed;
  seed.user_data = "packages: [nginx]\n";
  EXPECT_EQ(
      failure_of(seed),
      "cloud-init would pass over the user data: it begins with nothing that says what it is");
  seed.user_data = "#!/bin/sh\n";
  seed.hostname = "a b\n";
  EXPECT_EQ(failure_of(seed), "a host name has letters, digits, dots and dashes");
}

}  // namespace

}  // namespace gantry::vm
