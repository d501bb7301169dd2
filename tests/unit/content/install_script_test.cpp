#include "content/install_script.hpp"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// The scripts in data/ were written by CMake 3.25.1; only the two directories were renamed.
InstallRules captured(const std::string& name, std::string_view component,
                      std::string_view config) {
  const auto text = base::read_file(fs::path(GANTRY_TEST_DATA) / name);
  EXPECT_TRUE(text) << text.error().what;
  return read_install_rules(*text, component, config, {});
}

std::vector<std::string> names(const InstallRules& rules) {
  std::vector<std::string> result;
  for (const auto& source : rules.sources) {
    result.push_back((source.is_directory ? "d " : "f ") + source.path.native());
  }
  return result;
}

TEST(InstallScript, TargetsWithTheirLinksBelongToTheComponentThatCarriesThem) {
  EXPECT_THAT(names(captured("install_single.txt", "runtime", "Release")),
              ElementsAre("f /build/app", "f /build/libshared.so.1.2.3", "f /build/libshared.so.1",
                          "f /build/libmod.so"));
  EXPECT_THAT(names(captured("install_single.txt", "dev", "Release")),
              ElementsAre("f /build/libshared.so", "f /src/lib.h",
                          "f /build/CMakeFiles/Export/8a8c5d2fce983de3ee18627cc80cc852/"
                          "sampleTargets.cmake",
                          "f /build/CMakeFiles/Export/8a8c5d2fce983de3ee18627cc80cc852/"
                          "sampleTargets-release.cmake"));
}

TEST(InstallScript, ConfigurationsAreHonoured) {
  for (const char* const config : {"Debug", "Release", "RelWithDebInfo"}) {
    const std::string build = std::string("f /build/") + config;
    EXPECT_THAT(names(captured("install_multi.txt", "runtime", config)),
                ElementsAre(build + "/app", build + "/libshared.so.1.2.3",
                            build + "/libshared.so.1", build + "/libmod.so"));
  }
  EXPECT_THAT(names(captured("install_multi.txt", "runtime", "MinSizeRel")), ElementsAre());
  EXPECT_THAT(
      names(captured("install_multi.txt", "config", "debug")),
      ElementsAre("f /src/data/a b;c.txt", "f /src/data/config.ini", "f /src/data/script.sh",
                  "f /src/data/debug.txt", "f /src/data/opt.txt", "f /src/data/Debug.txt"));
}

TEST(InstallScript, NoConfigurationMeansTheScriptsOwn) {
  EXPECT_EQ(names(captured("install_single.txt", "dev", "")),
            names(captured("install_single.txt", "dev", "Release")));
}

TEST(InstallScript, DirectoriesKeepWhatTheyLeaveOut) {
  const auto rules = captured("install_single.txt", "data", "Release");
  ASSERT_THAT(names(rules), ElementsAre("d /src/data/"));
  EXPECT_THAT(rules.sources[0].excluded, ElementsAre("nested"));
  EXPECT_THAT(names(captured("install_single.txt", "odd (1) $x", "Release")),
              ElementsAre("d /src/data"));
}

TEST(InstallScript, ScriptsAndSubdirectoriesAreIncludes) {
  EXPECT_THAT(captured("install_single.txt", "code", "Release").includes,
              ElementsAre("/src/post.cmake", "/build/sub/cmake_install.cmake"));
  EXPECT_THAT(captured("install_single.txt", "data", "Release").includes,
              ElementsAre("/build/sub/cmake_install.cmake"));
}

TEST(InstallScript, EveryComponentIsNamed) {
  auto components = captured("install_multi.txt", "absent", "Debug").components;
  std::sort(components.begin(), components.end());
  components.erase(std::unique(components.begin(), components.end()), components.end());
  EXPECT_THAT(components, ElementsAre("Unspecified", "code", "config", "data", "dev", "excl",
                                      "odd (1) $x", "runtime"));
}

TEST(InstallScript, ARuntimeDependencySetDependsOnItsPrograms) {
  EXPECT_THAT(names(captured("install_dependencies.txt", "deps", "Debug")),
              ElementsAre("f /build/app", "f /build/libm.so"));
}

TEST(InstallScript, UnknownConditionsAndCodeCountBothWays) {
  const char* const text = R"(
    if(SOMETHING GREATER 3 AND (A OR NOT B))
      file(INSTALL DESTINATION /x FILES "/a")
    elseif(NOT (CMAKE_INSTALL_COMPONENT STREQUAL "c"))
      file(INSTALL DESTINATION /x FILES "/never")
    else()
      file(INSTALL DESTINATION /x FILES [[/b]] /c;/d "${unknown}/e" "${CMAKE_CURRENT_LIST_DIR}/f")
    endif()
    #[[ file(INSTALL DESTINATION /x FILES "/comment") ]]
    ) garbage "
    FILE ( INSTALL FILES "/g\"\\\$" ) # end
    include(Module))";
  const auto rules = read_install_rules(text, "c", "", {{"CMAKE_CURRENT_LIST_DIR", "/here"}});
  EXPECT_THAT(names(rules), ElementsAre("f /a", "f /b", "f /c", "f /d", "f /here/f", "f /g\"\\$"));
  EXPECT_THAT(rules.includes, ElementsAre("Module"));
}

class FindInstallInputs : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view content) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << content;
  }
  fs::path root() const { return directory_.path(); }
  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(FindInstallInputs, FollowsIncludesAndListsWhatDirectoriesHold) {
  write("build/cmake_install.cmake", "include(\"" +
                                         (root() / "build/sub/cmake_install.cmake").native() +
                                         "\")\ninclude(\"/absent/script.cmake\")\n");
  write("build/sub/cmake_install.cmake",
        "include(\"" + (root() / "build/cmake_install.cmake").native() +
            "\")\n"
            "if(CMAKE_INSTALL_COMPONENT STREQUAL \"c\" OR NOT CMAKE_INSTALL_COMPONENT)\n"
            "file(INSTALL DESTINATION x TYPE DIRECTORY FILES \"" +
            (root() / "src/data").native() +
            "/\" REGEX \"/\\\\.git$\" EXCLUDE)\n"
            "file(INSTALL DESTINATION x TYPE FILE OPTIONAL FILES \"" +
            (root() / "src/later/absent").native() + "\" \"" + (root() / "build/absent").native() +
            "\")\nendif()\n");
  write("src/data/a", "");
  write("src/data/deep/b", "");
  write("src/data/.git/config", "");
  fs::create_symlink("nowhere", root() / "src/data/dangling");
  const auto inputs = find_install_inputs(root() / "build", "c", "");
  ASSERT_TRUE(inputs) << inputs.error().what;
  EXPECT_THAT(inputs->scripts, ElementsAre(root() / "build/cmake_install.cmake",
                                           root() / "build/sub/cmake_install.cmake"));
  EXPECT_THAT(inputs->sources,
              UnorderedElementsAre(root() / "src", root() / "src/data/", root() / "src/data/a",
                                   root() / "src/data/deep", root() / "src/data/deep/b"));
  EXPECT_THAT(inputs->components, ElementsAre("c"));
}

TEST_F(FindInstallInputs, ADirectoryThatIsNoBuildIsAnError) {
  const auto inputs = find_install_inputs(root(), "c", "");
  ASSERT_FALSE(inputs);
  EXPECT_EQ(inputs.error().what, root().native() +
                                     " is no build directory of CMake: it has no "
                                     "cmake_install.cmake");
}

}  // namespace
}  // namespace gantry::content
