#include "content/runtime_libraries.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "content/scan.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Writes trees as files, the lowest first.
void materialise(const Tree& tree, const fs::path& root) {
  for (const Entry& entry : tree) {
    const auto path = root / entry.path.view();
    if (entry.type == EntryType::kDirectory) {
      fs::create_directories(path);
    } else if (entry.type == EntryType::kSymlink) {
      fs::create_symlink(entry.link_target.view(), path);
    } else {
      fs::create_directories(path.parent_path());
      fs::copy_file(entry.source.path(), path);
      ASSERT_EQ(chmod(path.c_str(), entry.mode), 0);
    }
  }
}

Tree program_tree(const fs::path& program) {
  return {{.path = "usr", .type = EntryType::kDirectory, .mode = 0755},
          {.path = "usr/bin", .type = EntryType::kDirectory, .mode = 0755},
          {.path = "usr/bin/" + program.filename().native(),
           .mode = 0755,
           .size = fs::file_size(program),
           .source = fs::canonical(program).native()}};
}

std::set<std::string> sources(const Tree& tree) {
  std::set<std::string> result;
  for (const Entry& entry : tree) {
    if (entry.type == EntryType::kFile) {
      result.insert(entry.source.path());
    }
  }
  return result;
}

const Entry* find(const Tree& tree, std::string_view path) {
  const auto found = std::find_if(tree.begin(), tree.end(),
                                  [&](const Entry& entry) { return entry.path == path; });
  return found == tree.end() ? nullptr : &*found;
}

/// Real files that ldd names, its vdso left out.
std::set<std::string> told_by_ldd(const fs::path& program) {
  const auto told =
      base::run_checked({.arguments = {"ldd", program}, .environment = {{"LC_ALL", "C"}}});
  EXPECT_TRUE(told);
  std::set<std::string> result;
  for (std::size_t at = 0; (at = told->out.find('/', at)) != std::string::npos;) {
    const auto end = told->out.find(" (", at);
    const std::string path = told->out.substr(at, end - at);
    // "/lib64/ld-linux.so => /lib64/ld-linux.so" when it is also named as needed.
    result.insert(fs::canonical(path.substr(path.rfind(' ') + 1)));
    at = told->out.find('\n', at);
  }
  return result;
}

TEST(RuntimeLibraries, AgreesWithLddOnRealPrograms) {
  std::size_t checked = 0;
  for (const char* const program :
       {"/usr/bin/cmake", "/usr/bin/git", "/usr/bin/python3", "/bin/ls", "/usr/bin/curl"}) {
    if (!fs::exists(program)) {
      continue;
    }
    const std::vector<Tree> trees = {program_tree(program)};
    const auto found = find_runtime_libraries(trees);
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(sources(found->tree), told_by_ldd(program)) << program;
    EXPECT_TRUE(std::is_sorted(found->tree.begin(), found->tree.end(), entry_less));
    ++checked;
  }
  EXPECT_GE(checked, 2U);
}

TEST(RuntimeLibraries, AProgramRunsInNothingButTheResult) {
  const std::vector<Tree> trees = {program_tree("/usr/bin/cmake")};
  const auto found = find_runtime_libraries(trees);
  ASSERT_TRUE(found) << found.error().what;
  const auto directory = *base::TempDir::create();
  materialise(found->tree, directory.path());
  materialise(trees[0], directory.path());
  std::vector<std::string> arguments = {
      "/usr/sbin/chroot", directory.path(), "/usr/bin/cmake", "-E", "echo", "it runs"};
  if (geteuid() != 0) {
    arguments.insert(arguments.begin(), {"unshare", "-Ur"});
    if (const auto probe = base::run({.arguments = {"unshare", "-Ur", "true"}});
        !probe || probe->exit_code != 0) {
      GTEST_SKIP() << "chroot needs root or user namespaces, and this machine has neither";
    }
  }
  const auto finished = base::run_checked({.arguments = arguments});
  ASSERT_TRUE(finished) << finished.error().what;
  EXPECT_EQ(finished->out, "it runs\n");
}

TEST(RuntimeLibraries, WhatIsThereAlreadyIsNotAdded) {
  const std::vector<Tree> trees = {program_tree("/usr/bin/cmake")};
  const auto all = find_runtime_libraries(trees);
  ASSERT_TRUE(all);
  const Lookup below = [&](std::string_view path) { return find(all->tree, path); };
  const auto none = find_runtime_libraries(trees, below);
  ASSERT_TRUE(none) << none.error().what;
  EXPECT_TRUE(none->tree.empty());
  const std::vector<Tree> both = {all->tree, trees[0]};
  const auto again = find_runtime_libraries(both);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->tree.empty());
}

/// A root file system of its own with a loader, made by the real compiler, linker and ldconfig.
class Sysroot : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("cc")) {
      GTEST_SKIP() << "there is no C compiler (cc)";
    }
    fs::create_directories(host() / "usr/lib64");
    fs::create_directories(host() / "etc");
    fs::create_directory_symlink("usr/lib64", host() / "lib64");
    fs::create_directories(image() / "app/bin");
    // A library without any need stands for the loader: nothing runs here.
    library(host() / "usr/lib64/loader-1.so", "loader.so", {});
    fs::create_symlink("loader-1.so", host() / "usr/lib64/loader.so");
  }

  void cc(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"cc", "-nostdlib", "-nostartfiles"});
    const auto finished = base::run_checked({.arguments = arguments});
    ASSERT_TRUE(finished) << finished.error().what;
  }

  void library(const fs::path& path, const std::string& soname, std::vector<std::string> more) {
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(base::write_file(root() / "f.c", "int f(void) { return 0; }\n"));
    more.insert(more.begin(),
                {"-shared", "-fPIC", root() / "f.c", "-o", path, "-Wl,-soname," + soname,
                 "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined"});
    cc(std::move(more));
  }

  void program(std::vector<std::string> more) {
    ASSERT_TRUE(base::write_file(root() / "p.c", "void _start(void) {}\n"));
    more.insert(more.begin(), {root() / "p.c", "-o", image() / "app/bin/program",
                               "-Wl,--dynamic-linker,/lib64/loader.so", "-Wl,--no-as-needed",
                               "-Wl,--allow-shlib-undefined"});
    cc(std::move(more));
  }

  /// The program with a note of its own: "dlopen() Metadata for ELF Files".
  void program_with_note(const std::string& json) {
    std::string text;
    for (const char c : json) {
      text += c == '"' ? "\\\"" : std::string(1, c);
    }
    ASSERT_TRUE(base::write_file(root() / "note.s", fmt::format(R"(
      .section .note.dlopen, "a", %note
      .balign 4
      .long 4, 2f - 1f, 0x407c0c0a
      .asciz "FDO"
      1: .asciz "{}"
      2: .balign 4
      .section .note.GNU-stack, "", %progbits
      )",
                                                                text)));
    program({root() / "note.s"});
  }

  base::Result<RuntimeLibraries> find_libraries(const Lookup& below = {}) {
    const std::vector<Tree> trees = {*scan_tree(image(), Identify::kByStat, Owners::kRoot)};
    return find_runtime_libraries(trees, below, host());
  }

  static std::vector<std::string> lines(const Tree& tree) {
    std::vector<std::string> result;
    for (const Entry& entry : tree) {
      result.push_back(fmt::format("{}{}{}", entry.path.view(),
                                   entry.link_target.empty() ? "" : " -> ",
                                   entry.link_target.view()));
    }
    return result;
  }

  fs::path root() const { return directory_.path(); }
  fs::path host() const { return root() / "host"; }
  fs::path image() const { return root() / "image"; }
  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Sysroot, EveryLinkOnTheWayIsMadeAgain) {
  library(host() / "usr/lib64/libz.so.1.2.13", "libz.so.1", {});
  fs::create_symlink("libz.so.1.2.13", host() / "usr/lib64/libz.so.1");
  program({host() / "usr/lib64/libz.so.1.2.13"});
  const auto found = find_libraries();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_THAT(
      lines(found->tree),
      testing::ElementsAre("lib64 -> usr/lib64", "usr", "usr/lib64",
                           "usr/lib64/libz.so.1 -> libz.so.1.2.13", "usr/lib64/libz.so.1.2.13",
                           "usr/lib64/loader-1.so", "usr/lib64/loader.so -> loader-1.so"));
  const Entry* const library = find(found->tree, "usr/lib64/libz.so.1.2.13");
  EXPECT_EQ(library->identity.kind(), Identity::Kind::kContent);
  EXPECT_EQ(library->uid, 0U);
  EXPECT_THAT(found->host_files, testing::Contains(host() / "usr/lib64/libz.so.1.2.13"));
}

TEST_F(Sysroot, TheImagesOwnLayoutWins) {
  program({});
  const Entry lib64{.path = "lib64", .type = EntryType::kDirectory, .mode = 0755};
  const auto found =
      find_libraries([&](std::string_view path) { return path == "lib64" ? &lib64 : nullptr; });
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_THAT(lines(found->tree),
              testing::ElementsAre("lib64/loader-1.so", "lib64/loader.so -> loader-1.so"));
}

TEST_F(Sysroot, RunpathDirectoriesKeepTheirPlaceAndRpathIsInherited) {
  library(host() / "opt/deep/libdeep.so", "libdeep.so", {});
  library(host() / "opt/top/libtop.so", "libtop.so", {host() / "opt/deep/libdeep.so"});
  program(
      {host() / "opt/top/libtop.so", "-Wl,--disable-new-dtags", "-Wl,-rpath,/opt/top:/opt/deep"});
  const auto inherited = find_libraries();
  ASSERT_TRUE(inherited) << inherited.error().what;
  EXPECT_NE(find(inherited->tree, "opt/top/libtop.so"), nullptr);
  EXPECT_NE(find(inherited->tree, "opt/deep/libdeep.so"), nullptr);

  program(
      {host() / "opt/top/libtop.so", "-Wl,--enable-new-dtags", "-Wl,-rpath,/opt/top:/opt/deep"});
  const auto own = find_libraries();
  ASSERT_FALSE(own);
  EXPECT_THAT(own.error().what, HasSubstr("the library libdeep.so was not found, which "
                                          "/opt/top/libtop.so needs (which /app/bin/program "
                                          "needs); searched: the cache of ldconfig, /lib/"));
}

TEST_F(Sysroot, OriginIsThePlaceInTheImage) {
  library(image() / "app/lib/libown.so", "libown.so", {});
  program({image() / "app/lib/libown.so", "-Wl,-rpath,$ORIGIN/../lib"});
  const auto found = find_libraries();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(find(found->tree, "app"), nullptr);
}

TEST_F(Sysroot, WhatOnlyTheCacheKnowsGoesToADefaultDirectory) {
  library(host() / "opt/odd/libodd.so.1.0", "libodd.so.1", {});
  ASSERT_TRUE(base::write_file(host() / "etc/ld.so.conf", "/opt/odd\n"));
  const auto made = base::run({.arguments = {"/sbin/ldconfig", "-r", host()}});
  if (!made || made->exit_code != 0) {
    GTEST_SKIP() << "ldconfig -r does not work here";
  }
  program({host() / "opt/odd/libodd.so.1.0"});
  const auto found = find_libraries();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(find(found->tree, "opt"), nullptr);
  const auto moved = std::find_if(found->tree.begin(), found->tree.end(), [](const Entry& entry) {
    return entry.path.view().ends_with("/libodd.so.1");
  });
  ASSERT_NE(moved, found->tree.end());
  EXPECT_TRUE(moved->path.starts_with("usr/lib")) << moved->path.view();
  EXPECT_EQ(moved->type, EntryType::kFile);
  EXPECT_EQ(moved->source.path(), host() / "opt/odd/libodd.so.1.0");
  EXPECT_THAT(found->host_files, testing::Contains(host() / "etc/ld.so.cache"));
}

TEST_F(Sysroot, AMissingLibraryOrLoaderIsNamedWithWhoNeedsIt) {
  library(root() / "gone/libgone.so.7", "libgone.so.7", {});
  program({root() / "gone/libgone.so.7"});
  const auto found = find_libraries();
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().what,
              HasSubstr("the library libgone.so.7 was not found, which /app/bin/program needs; "
                        "searched: the cache of ldconfig, "));
  program({});
  fs::remove(host() / "usr/lib64/loader-1.so");
  const auto loader = find_libraries();
  ASSERT_FALSE(loader);
  EXPECT_EQ(loader.error().what,
            "the program loader /lib64/loader.so was not found, which /app/bin/program needs");
}

TEST_F(Sysroot, WhatAProgramMustLoadItselfIsNeededToo) {
  library(host() / "usr/lib64/libdeep.so", "libdeep.so", {});
  library(host() / "usr/lib64/liblate.so.2", "liblate.so.2", {host() / "usr/lib64/libdeep.so"});
  library(host() / "usr/lib64/libextra.so", "libextra.so", {});
  program_with_note(
      R"([{"feature":"talk","priority":"required","soname":["liblate.so.3","liblate.so.2"]},)"
      R"({"priority":"recommended","soname":["libextra.so"]},{"soname":["libextra.so"]}])");
  const auto found = find_libraries();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_NE(find(found->tree, "usr/lib64/liblate.so.2"), nullptr);
  EXPECT_NE(find(found->tree, "usr/lib64/libdeep.so"), nullptr);
  EXPECT_EQ(find(found->tree, "usr/lib64/libextra.so"), nullptr);

  program_with_note(R"([{"priority":"required","soname":["libgone.so.1","libgone.so"]}])");
  const auto missing = find_libraries();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr("the library libgone.so.1 was not found, which "
                                              "/app/bin/program needs; searched: "));
}

TEST_F(Sysroot, BrokenFilesOfTheImageAreData) {
  ASSERT_TRUE(base::write_file(image() / "app/broken",
                               "\x7f"
                               "ELF and no more than that"));
  const auto found = find_libraries();
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_TRUE(found->tree.empty());
}

}  // namespace
}  // namespace gantry::content
