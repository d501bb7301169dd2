#include "oci/prebuilt.hpp"

#include <cstring>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_fixture.hpp"
#include "oci/image_index.hpp"
#include "oci/layout.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

/// The header of an ELF program, which is all that tells its machine.
std::string program_for(std::uint16_t machine, unsigned char elf_class = ELFCLASS64) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = elf_class;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

const Platform kAmd64{"linux", "amd64", ""};
const Platform kArm64{"linux", "arm64", ""};

class Prebuilt : public ImageTest {
 protected:
  Prebuilt() {
    write(path("dist/1.0/linux-amd64/app"), program_for(EM_X86_64), 0644);
    write(path("dist/1.0/linux-arm64/app"), program_for(EM_AARCH64), 0644);
    write(path("share/a.txt"), "a", 0600);
    spec_.prebuilt = {{path("dist/{version}/{os}-{arch}/app").native(), "/usr/bin/"},
                      {path("share").native(), "/usr/share/app"}};
    spec_.default_labels = {{"org.opencontainers.image.version", "1.0"}};
  }

  std::string error(const Platform& platform = kAmd64) const {
    const auto collected = collect_prebuilt(spec_, platform, "1.0");
    return collected ? "no error" : collected.error().where + ": " + collected.error().what;
  }
};

TEST_F(Prebuilt, IsCollectedForOnePlatform) {
  const auto collected = collect_prebuilt(spec_, kArm64, "1.0");
  ASSERT_TRUE(collected) << collected.error().what;
  ASSERT_EQ(collected->tree.size(), 2U);
  EXPECT_EQ(collected->tree[0].path, "usr/bin/app");
  EXPECT_EQ(collected->tree[0].mode, 0755U) << "what downloads artifacts loses it";
  EXPECT_EQ(collected->tree[1].path, "usr/share/app/a.txt");
  EXPECT_EQ(collected->tree[1].mode, 0600U);
  EXPECT_THAT(collected->files, ElementsAre(path("dist/1.0/linux-arm64/app"), path("share/a.txt")));
}

TEST_F(Prebuilt, AMissingProgramIsNamedWithItsPlatform) {
  EXPECT_EQ(error({"linux", "riscv64", ""}), path("dist/1.0/linux-riscv64/app").native() +
                                                 ": there is no prebuilt file for linux/riscv64");
}

TEST_F(Prebuilt, AProgramOfAnotherMachineIsAnError) {
  const auto app = path("dist/1.0/linux-amd64/app");
  write(app, program_for(EM_AARCH64));
  EXPECT_EQ(error(), app.native() + ": it is for arm64, but belongs to the image for linux/amd64");
  write(app, program_for(EM_SPARC));
  EXPECT_EQ(error(), app.native() +
                         ": it is for machine 2 of the ELF specification, but belongs to the "
                         "image for linux/amd64");
  write(app, "#!/bin/sh\n");
  EXPECT_EQ(error(), "no error");
}

TEST_F(Prebuilt, TwoFilesInOnePlaceAreAnError) {
  spec_.prebuilt.push_back({path("share/a.txt").native(), "/usr/bin/app"});
  EXPECT_EQ(error(), ": two prebuilt files have the place '/usr/bin/app'");
  spec_.prebuilt.back().destination = "/usr/../../x";
  EXPECT_EQ(error(), "no error") << "it is normal: /x";
}

TEST_F(Prebuilt, MakesAnIndexOfAllPlatforms) {
  spec_.platforms = {kArm64, kAmd64};
  const auto built = build_index(spec_, store(), {});
  ASSERT_TRUE(built) << built.error().what;
  EXPECT_EQ(built->layers, 2U);
  EXPECT_EQ(built->rebuilt, 2U);
  EXPECT_EQ(built->manifest.media_type, media_type::kIndex);
  const auto index = parse_index(*store().blobs().read_document(built->manifest), "index");
  ASSERT_TRUE(index);
  ASSERT_EQ(index->manifests.size(), 2U);
  EXPECT_EQ(index->manifests[0].platform, kAmd64);
  EXPECT_EQ(index->manifests[1].platform, kArm64);
  EXPECT_THAT(index->annotations, Contains(Pair("org.opencontainers.image.version", "1.0")));
  EXPECT_THAT(built->inputs, Contains(path("dist/1.0/linux-arm64/app")));

  // As a file of the build tree, and published, it is opened for any of its platforms.
  ASSERT_TRUE(write_image_file(path("app.image"), store().blobs().root(), built->manifest));
  const auto layout = Layout::open_or_create(path("published"));
  ASSERT_TRUE(layout);
  const std::vector<std::string> tags = {"1.0", "latest"};
  ASSERT_TRUE(layout->publish(store().blobs(), built->manifest, tags));
  for (const auto& reference : {path("app.image").native(), path("published").native() + ":1.0"}) {
    for (const auto& platform : {kAmd64, kArm64}) {
      const auto image = open_image(reference, platform.text());
      ASSERT_TRUE(image) << image.error().what;
      EXPECT_EQ(image->config.platform, platform);
      EXPECT_TRUE(image->blobs.verify(image->manifest.layers[0]));
    }
    EXPECT_EQ(open_root(reference)->descriptor.digest, built->manifest.digest);
    EXPECT_EQ(open_image(reference, "linux/s390x").error().what, "no image for linux/s390x");
  }

  const auto again = build_index(spec_, store(), {});
  EXPECT_EQ(again->rebuilt, 0U);
  EXPECT_EQ(again->manifest, built->manifest);
}

TEST_F(Prebuilt, AnErrorOfOnePlatformNamesIt) {
  spec_.platforms = {kAmd64, kArm64};
  fs::remove(path("dist/1.0/linux-arm64/app"));
  const auto built = build_index(spec_, store(), {});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().where,
            "image app (linux/arm64): " + path("dist/1.0/linux-arm64/app").native());
}

TEST_F(Prebuilt, AnIndexHasOneImageForAPlatform) {
  spec_.platforms = {kAmd64};
  const auto image = opened(build());
  const std::vector images = {image, image};
  EXPECT_EQ(put_index(store(), images).error().what, "two of the images are for linux/amd64");
}

}  // namespace
}  // namespace gantry::oci
