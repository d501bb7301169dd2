#include "content/elf.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

class Elf : public testing::Test {
 protected:
  /// Compiles a little program or library, as a real peer's word; skips if there is no compiler.
  std::optional<ElfFile> compiled(std::vector<std::string> options, bool is_library = false) {
    const auto source = directory_.path() / "source.c";
    const auto output = directory_.path() / "output";
    EXPECT_TRUE(base::write_file(
        source, is_library ? "int f(void) { return 0; }\n" : "int main(void) { return 0; }\n"));
    options.insert(options.begin(), {"cc", source, "-o", output});
    const auto finished = base::run_checked({.arguments = options});
    if (!finished) {
      ADD_FAILURE() << finished.error().what;
      return std::nullopt;
    }
    const auto elf = read_elf(output);
    EXPECT_TRUE(elf) << elf.error().what;
    return elf ? *elf : std::nullopt;
  }

  void SetUp() override {
    if (!base::find_program("cc")) {
      GTEST_SKIP() << "there is no C compiler (cc)";
    }
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Elf, AProgramNamesItsLoaderAndRunpath) {
  const auto elf = compiled({"-Wl,-rpath,$ORIGIN/../lib:/opt/x", "-Wl,--enable-new-dtags"});
  ASSERT_TRUE(elf);
  EXPECT_TRUE(elf->is_program);
  EXPECT_TRUE(elf->is_dynamic);
  EXPECT_FALSE(elf->is_static());
  EXPECT_TRUE(elf->interpreter.starts_with("/lib")) << elf->interpreter;
  EXPECT_THAT(elf->needed, ElementsAre("libc.so.6"));
  EXPECT_EQ(elf->runpath, "$ORIGIN/../lib:/opt/x");
  EXPECT_EQ(elf->rpath, "");
}

TEST_F(Elf, OldTagsAreAnRpath) {
  const auto elf = compiled({"-Wl,-rpath,/opt/x", "-Wl,--disable-new-dtags"});
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf->rpath, "/opt/x");
  EXPECT_EQ(elf->runpath, "");
}

TEST_F(Elf, ALibraryHasItsSoname) {
  const auto elf =
      compiled({"-shared", "-fPIC", "-Wl,-soname,libf.so.3", "-Wl,-z,nodefaultlib"}, true);
  ASSERT_TRUE(elf);
  EXPECT_FALSE(elf->is_program);
  EXPECT_EQ(elf->soname, "libf.so.3");
  EXPECT_TRUE(elf->ignores_defaults);
}

TEST_F(Elf, StaticProgramsNeedNothing) {
  for (const char* const option : {"-static", "-static-pie"}) {
    const auto elf = compiled({option});
    ASSERT_TRUE(elf);
    EXPECT_TRUE(elf->is_program) << option;
    EXPECT_TRUE(elf->is_static()) << option;
    EXPECT_THAT(elf->needed, ElementsAre()) << option;
  }
}

TEST_F(Elf, ObjectFilesAreNoPrograms) {
  EXPECT_EQ(compiled({"-c"}), std::nullopt);
}

TEST(ElfReader, AgreesWithReadelf) {
  if (!base::find_program("readelf")) {
    GTEST_SKIP() << "readelf is not installed (package binutils)";
  }
  std::size_t checked = 0;
  for (const auto& item : fs::directory_iterator("/usr/bin")) {
    if (!item.is_regular_file() || item.is_symlink() || checked == 40) {
      continue;
    }
    const auto elf = read_elf(item.path());
    ASSERT_TRUE(elf) << elf.error().where << ": " << elf.error().what;
    if (!*elf || !(*elf)->is_dynamic) {
      continue;
    }
    const auto told = base::run_checked(
        {.arguments = {"readelf", "-d", item.path()}, .environment = {{"LC_ALL", "C"}}});
    ASSERT_TRUE(told);
    std::vector<std::string> needed;
    constexpr std::string_view kMark = "Shared library: [";
    for (std::size_t at = 0; (at = told->out.find(kMark, at)) != std::string::npos;) {
      at += kMark.size();
      needed.push_back(told->out.substr(at, told->out.find(']', at) - at));
    }
    EXPECT_EQ((*elf)->needed, needed) << item.path();
    ++checked;
  }
  EXPECT_GT(checked, 5U);
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

TEST(ElfReader, EveryTruncationIsNoElfOrAnErrorAndNeverMore) {
  const auto text = base::read_file("/proc/self/exe", std::uint64_t{1} << 30);
  ASSERT_TRUE(text);
  const auto whole = bytes_of(*text);
  EXPECT_TRUE(*parse_elf(whole));
  for (std::size_t length = 0; length < 4096; ++length) {
    const auto cut = parse_elf(std::span(whole).first(length));
    if (length < 16) {
      EXPECT_TRUE(cut && !*cut) << length;
    } else {
      ASSERT_FALSE(cut) << length;
      EXPECT_TRUE(cut.error().what.starts_with("broken ELF file: ")) << cut.error().what;
    }
  }
}

TEST(ElfReader, BothByteOrdersAndClassesAreRead) {
  // Headers alone, written by hand: a 32-bit big-endian and a 64-bit big-endian program.
  std::vector<std::byte> header(64);
  const auto put = [&](std::size_t at, unsigned value) { header[at] = std::byte(value); };
  put(0, 0x7f);
  put(1, 'E');
  put(2, 'L');
  put(3, 'F');
  put(EI_DATA, ELFDATA2MSB);
  put(17, ET_EXEC);
  for (const auto& [file_class, machine] :
       {std::pair{ELFCLASS32, EM_PPC}, std::pair{ELFCLASS64, EM_S390}}) {
    put(EI_CLASS, static_cast<unsigned>(file_class));
    put(19, static_cast<unsigned>(machine));
    const auto elf = parse_elf(header);
    ASSERT_TRUE(elf && *elf);
    EXPECT_EQ((*elf)->machine, machine);
    EXPECT_EQ((*elf)->is_64bit, file_class == ELFCLASS64);
    EXPECT_TRUE((*elf)->is_big_endian);
  }
}

}  // namespace
}  // namespace gantry::content
