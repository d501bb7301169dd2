#include "content/elf.hpp"

#include <cstring>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "content/dlopen_note.hpp"

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

TEST(DlopenNote, OnlyWhatIsRequiredCounts) {
  const std::string note =
      R"([{"priority":"required","soname":["liba.so.2","liba.so.1"]},)"
      R"({"priority":"suggested","soname":["libb.so"]},{"soname":["libc.so"]},)"
      R"({"priority":"required","soname":["libd.so"],"feature":"d"}])";
  EXPECT_THAT(required_by_dlopen_note(note + std::string(2, '\0')),
              ElementsAre(ElementsAre("liba.so.2", "liba.so.1"), ElementsAre("libd.so")));
}

TEST(DlopenNote, WhatIsNoSuchNoteNamesNothing) {
  for (const std::string note :
       {"", "[", "{}", "7", "[7]", R"([{"priority":"required"}])",
        R"([{"priority":"required","soname":{}}])", R"([{"priority":"required","soname":[7]}])",
        R"([{"priority":["required"],"soname":["liba.so"]}])"}) {
    EXPECT_THAT(required_by_dlopen_note(note), ElementsAre()) << note;
  }
  EXPECT_THAT(required_by_dlopen_note(std::string(std::size_t{1} << 16, '[')), ElementsAre());
}

/// A 64-bit program of nothing but notes.
std::vector<std::byte> program_of_notes(std::string_view notes, std::uint64_t alignment) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_phoff = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = sizeof(header) + sizeof(segment);
  segment.p_filesz = notes.size();
  segment.p_align = alignment;
  std::string bytes(sizeof(header) + sizeof(segment), '\0');
  std::memcpy(bytes.data(), &header, sizeof(header));
  std::memcpy(bytes.data() + sizeof(header), &segment, sizeof(segment));
  bytes += notes;
  const auto all = std::as_bytes(std::span(bytes));
  return {all.begin(), all.end()};
}

std::string note(std::string_view owner, std::uint32_t type, std::string_view content,
                 std::size_t alignment) {
  std::string bytes;
  for (const auto number : {static_cast<std::uint32_t>(owner.size()),
                            static_cast<std::uint32_t>(content.size()), type}) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      bytes += static_cast<char>(number >> shift);
    }
  }
  for (const auto part : {owner, content}) {
    bytes += part;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
  }
  return bytes;
}

TEST(ElfReader, NotesOfOthersArePassedOver) {
  constexpr std::string_view kJson = R"([{"priority":"required","soname":["liba.so"]}])";
  for (const std::size_t alignment : {std::size_t{4}, std::size_t{8}}) {
    const auto notes = note({"GNU", 4}, 3, "\1\2\3\4\5", alignment) +
                       note({"GNU", 4}, kDlopenNote, kJson, alignment) +
                       note(kDlopenNoteOwner, kDlopenNote, kJson, alignment) +
                       note(kDlopenNoteOwner, kDlopenNote, kJson.substr(1), alignment);
    const auto elf = parse_elf(program_of_notes(notes, alignment));
    ASSERT_TRUE(elf && *elf);
    EXPECT_THAT((*elf)->opened, ElementsAre(ElementsAre("liba.so"))) << alignment;
    // A note that says it is longer than its segment is the last.
    const auto cut = parse_elf(program_of_notes(notes.substr(0, 100), alignment));
    ASSERT_TRUE(cut && *cut);
    EXPECT_THAT((*cut)->opened, ElementsAre());
  }
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
