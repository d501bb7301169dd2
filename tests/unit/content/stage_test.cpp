#include "content/stage.hpp"

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "content/manifest.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kProject = R"cmake(
cmake_minimum_required(VERSION 3.25)
project(staged LANGUAGES NONE)
install(FILES a.txt DESTINATION share COMPONENT data)
install(PROGRAMS go DESTINATION bin COMPONENT data)
install(FILES "only-$<CONFIG>.txt" DESTINATION share COMPONENT per_config)
install(FILES debug.txt DESTINATION share COMPONENT debug CONFIGURATIONS Debug)
install(CODE "message(STATUS nothing)" COMPONENT nothing)
install(DIRECTORY DESTINATION /var/lib/empty COMPONENT "only directories")
install(FILES absent DESTINATION share COMPONENT broken)
install(DIRECTORY tree DESTINATION /etc COMPONENT "odd name")
install(CODE "file(WRITE \"\$ENV{DESTDIR}/made\" \"x\")" COMPONENT code)
)cmake";

class Stage : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(root());
    write("src/CMakeLists.txt", kProject);
    write("src/a.txt", "a\n");
    write("src/go", "#!/bin/sh\n");
    write("src/debug.txt", "");
    write("src/only-Debug.txt", "debug");
    write("src/only-Release.txt", "release");
    write("src/tree/deep/file", "");
    configure("Ninja");
  }

  void configure(const std::string& generator) {
    const auto finished = base::run_checked(
        {.arguments = {GANTRY_TEST_CMAKE, "-G", generator, "-S", root() / "src", "-B", build()}});
    ASSERT_TRUE(finished) << finished.error().what;
  }

  void write(const std::string& name, std::string_view content) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << content;
  }

  fs::path root() const { return directory_.path() / "sp ace (1)"; }
  fs::path build() const { return root() / "build"; }
  fs::path out(const std::string& name) const { return root() / "out" / name; }

  StageRequest request(const std::string& component, const std::string& config = "") const {
    return {.cmake = GANTRY_TEST_CMAKE,
            .build_directory = build(),
            .component = component,
            .config = config,
            .tree = out("tree"),
            .manifest = out("manifest"),
            .depfile = out("manifest.d")};
  }

  std::vector<std::string> staged_paths() const {
    const auto tree = parse_manifest(*base::read_file(out("manifest")), out("tree"), "manifest");
    EXPECT_TRUE(tree);
    std::vector<std::string> result;
    for (const Entry& entry : *tree) {
      result.emplace_back(entry.path);
      if (entry.type == EntryType::kFile) {
        EXPECT_TRUE(fs::exists(entry.source.path())) << entry.source.path();
      }
    }
    return result;
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Stage, PutsAComponentIntoItsTreeAndNamesItsInputs) {
  const auto staged = stage(request("data"));
  ASSERT_TRUE(staged) << staged.error().what;
  EXPECT_TRUE(staged->changed);
  EXPECT_EQ(staged->entries, 5U);
  EXPECT_THAT(staged_paths(),
              ElementsAre("usr", "usr/bin", "usr/bin/go", "usr/share", "usr/share/a.txt"));
  std::string escaped = root().native();
  for (std::size_t i = 0; (i = escaped.find(' ', i)) != std::string::npos; i += 2) {
    escaped.insert(i, "\\");
  }
  EXPECT_EQ(*base::read_file(out("manifest.d")), escaped + "/out/manifest: \\\n  " + escaped +
                                                     "/build/cmake_install.cmake \\\n  " + escaped +
                                                     "/src/a.txt \\\n  " + escaped + "/src/go\n");
}

TEST_F(Stage, AnUnchangedComponentLeavesTheManifestAlone) {
  ASSERT_TRUE(stage(request("data")));
  const auto before = fs::last_write_time(out("manifest"));
  write("src/a.txt", "a\n");
  const auto again = stage(request("data"));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(fs::last_write_time(out("manifest")), before);
  EXPECT_FALSE(fs::exists(out("tree.new")));
}

TEST_F(Stage, AChangeOfTheSameLengthWithinASecondIsSeen) {
  ASSERT_TRUE(stage(request("data")));
  write("src/a.txt", "b\n");
  const auto staged = stage(request("data"));
  ASSERT_TRUE(staged);
  EXPECT_TRUE(staged->changed);
  EXPECT_EQ(*base::read_file(out("tree/usr/share/a.txt")), "b\n");
}

TEST_F(Stage, RemovedFilesDoNotSurvive) {
  ASSERT_TRUE(stage(request("odd name")));
  EXPECT_THAT(staged_paths(),
              ElementsAre("etc", "etc/tree", "etc/tree/deep", "etc/tree/deep/file"));
  fs::rename(root() / "src/tree/deep/file", root() / "src/tree/deep/renamed");
  ASSERT_TRUE(stage(request("odd name")));
  EXPECT_THAT(staged_paths(),
              ElementsAre("etc", "etc/tree", "etc/tree/deep", "etc/tree/deep/renamed"));
}

TEST_F(Stage, UmaskLocaleAndInstallModeDoNotMatter) {
  ASSERT_TRUE(stage(request("data")));
  const auto manifest = *base::read_file(out("manifest"));
  const mode_t before = umask(0077);
  setenv("CMAKE_INSTALL_MODE", "ABS_SYMLINK", 1);
  setenv("LC_ALL", "tr_TR.UTF-8", 1);
  setenv("TZ", "Asia/Tokyo", 1);
  const auto staged = stage(request("data"));
  for (const char* const name : {"CMAKE_INSTALL_MODE", "LC_ALL", "TZ"}) {
    unsetenv(name);
  }
  umask(before);
  ASSERT_TRUE(staged) << staged.error().what;
  EXPECT_EQ(*base::read_file(out("manifest")), manifest);
}

TEST_F(Stage, ConfigurationsOfOneBuildTreeAreKeptApart) {
  fs::remove_all(build());
  configure("Ninja Multi-Config");
  for (const std::string config : {"Debug", "Release"}) {
    ASSERT_TRUE(stage(request("per_config", config)));
    EXPECT_THAT(staged_paths(),
                ElementsAre("usr", "usr/share", "usr/share/only-" + config + ".txt"));
    EXPECT_THAT(*base::read_file(out("manifest.d")), HasSubstr("only-" + config));
  }
  EXPECT_TRUE(stage(request("debug", "Debug")));
  const auto release = stage(request("debug", "Release"));
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().what,
            "component 'debug' installs nothing in the configuration Release");
}

TEST_F(Stage, AComponentThatNoRuleNamesIsAnErrorThatListsThem) {
  const auto staged = stage(request("dato"));
  ASSERT_FALSE(staged);
  EXPECT_EQ(staged.error().what, "component 'dato' installs nothing: no install() rule names it");
  EXPECT_EQ(staged.error().hint,
            "did you mean 'data'? the components of this project are: data, broken, code, debug, "
            "nothing, odd name, only directories, per_config");
}

TEST_F(Stage, AComponentWithoutFilesIsAnError) {
  const auto staged = stage(request("nothing"));
  ASSERT_FALSE(staged);
  EXPECT_EQ(staged.error().what, "component 'nothing' installs nothing");
}

TEST_F(Stage, EmptyDirectoriesAreSomething) {
  ASSERT_TRUE(stage(request("only directories")));
  EXPECT_THAT(staged_paths(), ElementsAre("var", "var/lib", "var/lib/empty"));
}

TEST_F(Stage, AFailureOfCMakeIsQuotedAndChangesNothing) {
  ASSERT_TRUE(stage(request("data")));
  const auto staged = stage(request("broken"));
  ASSERT_FALSE(staged);
  EXPECT_THAT(staged.error().what, HasSubstr("cannot install the component 'broken': "));
  EXPECT_THAT(staged.error().what, HasSubstr("file INSTALL cannot find"));
  EXPECT_EQ(staged_paths().size(), 5U);
}

TEST_F(Stage, AMissingCMakeAndARelativePrefixAreErrors) {
  auto without = request("data");
  without.cmake = root() / "no-cmake";
  EXPECT_EQ(stage(without).error().what,
            "cannot run " + without.cmake.native() + ": No such file or directory");
  auto relative = request("data");
  relative.prefix = "usr";
  EXPECT_EQ(stage(relative).error().what, "the prefix 'usr' is not absolute");
}

TEST_F(Stage, TheRequestIsRecordedSoThatItCanBeRepeatedElsewhere) {
  ASSERT_TRUE(stage(request("code")));
  auto recorded = read_stage_request(out("arguments"));
  ASSERT_TRUE(recorded) << recorded.error().what;
  EXPECT_EQ(recorded->component, "code");
  EXPECT_EQ(recorded->prefix, "/usr");
  EXPECT_EQ(recorded->build_directory, build());
  recorded->tree = root() / "again" / "tree";
  recorded->manifest = root() / "again" / "manifest";
  recorded->depfile = "";
  ASSERT_TRUE(stage(*recorded));
  const auto text = *base::read_file(root() / "again" / "manifest");
  EXPECT_EQ(text, *base::read_file(out("manifest")));
  EXPECT_THAT(text, HasSubstr("\tmade\n"));
}

TEST_F(Stage, ARecordThatIsNoneIsAnErrorThatNamesTheLine) {
  write("bad", "gantry-stage 1\ncmake x\nfrobnicate\n");
  const auto unknown = read_stage_request(root() / "bad");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().where, (root() / "bad").native() + ":3");
  EXPECT_EQ(unknown.error().what, "unknown key 'frobnicate'");
  write("bad", "other\n");
  EXPECT_EQ(read_stage_request(root() / "bad").error().what,
            "the first line is not 'gantry-stage 1'");
}

TEST_F(Stage, TwoAtOnceTakeTurns) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      _exit(stage(request("data")) ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(staged_paths().size(), 5U);
}

TEST_F(Stage, AKilledStageIsMadeGoodByTheNext) {
  for (int round = 0; round < 15; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      setpgid(0, 0);
      _exit(stage(request("data")) ? 0 : 1);
    }
    usleep(static_cast<useconds_t>(round * 4000));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  const auto staged = stage(request("data"));
  ASSERT_TRUE(staged) << staged.error().what;
  EXPECT_EQ(staged_paths().size(), 5U);
}

}  // namespace
}  // namespace gantry::content
