#include "oci/verify.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "content/stage.hpp"
#include "image_fixture.hpp"

namespace gantry::oci {
namespace {

class Verify : public ImageTest {
 protected:
  /// Configures a project with these install rules and stages its one component.
  void stage(const std::string& rules) {
    write(path("project/CMakeLists.txt"),
          "cmake_minimum_required(VERSION 3.25)\nproject(p NONE)\n" + rules);
    write(path("project/file"), "content");
    ASSERT_TRUE(base::run_checked(
        {{"cmake", "-S", path("project").native(), "-B", path("build").native()}}));
    content::StageRequest request;
    request.build_directory = path("build");
    request.component = "app";
    request.tree = path("build/stage/tree");
    request.manifest = path("build/stage/manifest");
    const auto staged = content::stage(request);
    ASSERT_TRUE(staged) << staged.error().what;
    spec_.layers = {{request.manifest.native(), "app", ""}};
  }

  base::Result<Verified> verify() { return verify_image(spec_, opened(build()), {}); }
};

constexpr const char* kFile = "install(FILES file DESTINATION share COMPONENT app)\n";

TEST_F(Verify, AnImageOfFilesIsReproduced) {
  stage(kFile);
  const auto image = opened(build());
  const auto mask = umask(022);
  setenv("TZ", "UTC", 1);
  const auto verified = verify_image(spec_, image, {});
  ASSERT_TRUE(verified) << verified.error().what;
  EXPECT_FALSE(verified->difference);
  EXPECT_EQ(verified->digest, image.descriptor.digest);
  EXPECT_EQ(umask(mask), 022U);
  EXPECT_STREQ(getenv("TZ"), "UTC");
  unsetenv("TZ");
}

TEST_F(Verify, AnInstallThatWritesTheTimeIsCaught) {
  stage(std::string(kFile) + R"(install(CODE [[
  string(TIMESTAMP now "%s %f")
  string(RANDOM LENGTH 32 noise)
  file(WRITE "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/share/stamp" "built: ${noise} ${now}")
]] COMPONENT app)
)");
  const auto verified = verify();
  ASSERT_TRUE(verified) << verified.error().what;
  ASSERT_TRUE(verified->difference);
  EXPECT_EQ(verified->difference->place, "layer 1 (gantry: component app)");
  EXPECT_EQ(verified->difference->path, "usr/share/stamp");
  EXPECT_THAT(verified->difference->how, testing::StartsWith("content at offset "));
}

TEST_F(Verify, AComponentWithoutARecordCannotBeStagedAgain) {
  stage(kFile);
  ASSERT_TRUE(base::remove_tree(path("build/stage/arguments")));
  const auto verified = verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().what,
            "component 'app' cannot be staged again: there is no record of how it was staged");
}

}  // namespace
}  // namespace gantry::oci
