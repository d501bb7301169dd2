#include "oci/tar_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tar_builder.hpp"

namespace gantry::oci {

namespace {

using content::Entry;
using content::EntryType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::pax_record;
using testing::StringSource;
using testing::TarBuilder;

base::Result<std::vector<Entry>> read_all(std::string_view archive) {
  StringSource source(archive);
  TarReader reader(source);
  std::vector<Entry> entries;
  for (;;) {
    GANTRY_TRY(auto entry, reader.next());
    if (!entry) {
      return entries;
    }
    entries.push_back(*std::move(entry));
  }
}

std::string error_of(const std::string& archive) {
  const auto result = read_all(archive);
  return result ? "no error" : result.error().what;
}

std::vector<std::string> paths_of(const std::string& archive) {
  const auto result = read_all(archive);
  if (!result) {
    return {result.error().what};
  }
  std::vector<std::string> paths;
  for (const auto& entry : *result) {
    paths.emplace_back(entry.path);
  }
  return paths;
}

TEST(TarReader, GivesContentAndItsOffset) {
  const auto archive = TarBuilder().file("a", "alpha").file("b", std::string(600, 'b')).finish();
  StringSource source(archive);
  TarReader reader(source);
  ASSERT_EQ((*reader.next())->path, "a");
  EXPECT_EQ(reader.content_offset(), 512U);
  std::array<std::byte, 3> piece{};
  EXPECT_EQ(*reader.read(piece), 3U);
  ASSERT_EQ((*reader.next())->path, "b");  // the rest of "alpha" is skipped
  EXPECT_EQ(reader.content_offset(), 1536U);
  std::array<std::byte, 1000> all{};
  EXPECT_EQ(*reader.read(all), 600U);
  EXPECT_EQ(all[599], std::byte{'b'});
  EXPECT_EQ(*reader.read(all), 0U);
  EXPECT_FALSE(*reader.next());
  EXPECT_FALSE(*reader.next());
}

TEST(TarReader, NormalisesNames) {
  EXPECT_THAT(paths_of(TarBuilder()
                           .directory("./")
                           .directory("./usr/")
                           .file("/etc//passwd", "x")
                           .file("./usr/./bin/true", "")
                           .file(".hidden", "")
                           .file("..two", "")
                           .finish()),
              ElementsAre("usr", "etc/passwd", "usr/bin/true", ".hidden", "..two"));
}

TEST(TarReader, RefusesNamesThatClimb) {
  EXPECT_EQ(error_of(TarBuilder().file("a/../../etc/passwd", "").finish()),
            "the tar entry 'a/../../etc/passwd' has a name that climbs with '..'");
  EXPECT_EQ(error_of(TarBuilder().file("..", "").finish()),
            "the tar entry '..' has a name that climbs with '..'");
  EXPECT_EQ(error_of(TarBuilder().hard_link("a", "../etc/shadow").finish()),
            "the tar entry 'a' has a link target that climbs with '..'");
  EXPECT_EQ(error_of(TarBuilder()
                         .extended('x', pax_record("path", "b/../../c"))
                         .file("innocent", "")
                         .finish()),
            "the tar entry 'b/../../c' has a name that climbs with '..'");
}

TEST(TarReader, RefusesNamelessAndOverlongEntries) {
  EXPECT_EQ(error_of(TarBuilder().file("./", "").finish()),
            "no error");  // a directory by its slash
  EXPECT_EQ(error_of(TarBuilder().file(".", "").finish()), "the tar entry '.' has no name");
  EXPECT_EQ(error_of(TarBuilder().symlink("/", "x").finish()), "the tar entry '/' has no name");
  EXPECT_EQ(error_of(TarBuilder()
                         .extended('x', pax_record("path", std::string(4097, 'p')))
                         .file("p", "")
                         .finish()),
            "the tar entry '" + std::string(4096, 'p') + "' has a name of more than 4096 bytes");
}

TEST(TarReader, ReadsLinks) {
  const auto entries = read_all(TarBuilder()
                                    .file("bin/a", "x")
                                    .hard_link("bin/b", "./bin//a")
                                    .symlink("lib", "../usr/lib")
                                    .finish());
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->at(1).type, EntryType::kHardLink);
  EXPECT_EQ(entries->at(1).link_target, "bin/a");
  EXPECT_EQ(entries->at(2).type, EntryType::kSymlink);
  EXPECT_EQ(entries->at(2).link_target, "../usr/lib");
  EXPECT_EQ(error_of(TarBuilder().hard_link("a", "./a").finish()),
            "the tar entry 'a' is a hard link with a bad target");
  EXPECT_EQ(error_of(TarBuilder().symlink("a", "").finish()),
            "the tar entry 'a' is a symbolic link with a bad target");
}

TEST(TarReader, RecognisesWhiteouts) {
  const auto entries = read_all(TarBuilder()
                                    .file("etc/.wh.passwd", "")
                                    .file("var/.wh..wh..opq", "")
                                    .file(".wh..wh..opq", "")
                                    .file(".wh..wh.plnk/12.34", "aufs' own")
                                    .file(".wh.top", "")
                                    .finish());
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries->size(), 4U);
  EXPECT_EQ(entries->at(0).type, EntryType::kWhiteout);
  EXPECT_EQ(entries->at(0).path, "etc/passwd");
  EXPECT_EQ(entries->at(1).type, EntryType::kOpaqueWhiteout);
  EXPECT_EQ(entries->at(1).path, "var");
  EXPECT_EQ(entries->at(2).type, EntryType::kOpaqueWhiteout);
  EXPECT_EQ(entries->at(2).path, "");
  EXPECT_EQ(entries->at(3).path, "top");
}

TEST(TarReader, RefusesSenselessWhiteouts) {
  EXPECT_EQ(error_of(TarBuilder().file("a/.wh.", "").finish()),
            "the tar entry 'a/.wh.' is a whiteout of nothing");
  EXPECT_EQ(error_of(TarBuilder().file("a/.wh...", "").finish()),
            "the tar entry 'a/.wh...' is a whiteout of nothing");
  EXPECT_EQ(error_of(TarBuilder().file(".wh.a/b", "").finish()),
            "the tar entry '.wh.a/b' lies in a directory with a whiteout's name");
}

TEST(TarReader, AppliesPaxRecords) {
  const auto records =
      pax_record("path", "long/name") + pax_record("mtime", "1700000000.75") +
      pax_record("uid", "3000000") + pax_record("gid", "4000000") + pax_record("size", "3") +
      pax_record("SCHILY.xattr.user.z", std::string("\0\n=", 3)) +
      pax_record("SCHILY.xattr.security.capability", "cap") + pax_record("comment", "ignored");
  const auto entries = read_all(TarBuilder()
                                    .extended('x', records)
                                    .header({.name = "short", .size = 0})
                                    .body("abc")
                                    .file("next", "")
                                    .finish());
  ASSERT_TRUE(entries) << entries.error().what;
  const auto& entry = entries->at(0);
  EXPECT_EQ(entry.path, "long/name");
  EXPECT_EQ(entry.mtime, 1700000000);
  EXPECT_EQ(entry.uid, 3000000U);
  EXPECT_EQ(entry.gid, 4000000U);
  EXPECT_EQ(entry.size, 3U);
  EXPECT_THAT(entry.xattrs, ElementsAre(Pair("security.capability", "cap"),
                                        Pair("user.z", std::string("\0\n=", 3))));
  EXPECT_EQ(entries->at(1).path, "next");
  EXPECT_TRUE(entries->at(1).xattrs.empty());
}

TEST(TarReader, RoundsTimesDown) {
  const auto mtime = [](const std::string& text) {
    const auto entries =
        read_all(TarBuilder().extended('x', pax_record("mtime", text)).file("a", "").finish());
    return entries ? entries->at(0).mtime : 424242;
  };
  EXPECT_EQ(mtime("12.999999999"), 12);
  EXPECT_EQ(mtime("-1.5"), -2);
  EXPECT_EQ(mtime("-1.000"), -1);
  EXPECT_EQ(mtime("-0.1"), -1);
  EXPECT_EQ(mtime("1e5"), 424242);
  EXPECT_EQ(mtime("99999999999999999999"), 424242);
}

TEST(TarReader, GlobalRecordsHoldUntilDeletedOrOverridden) {
  const auto entries = read_all(TarBuilder()
                                    .extended('g', pax_record("uid", "7") + pax_record("gid", "8"))
                                    .file("a", "")
                                    .extended('x', pax_record("uid", "9"))
                                    .file("b", "")
                                    .extended('x', pax_record("uid", ""))
                                    .header({.name = "c", .uid = 5})
                                    .extended('g', pax_record("gid", ""))
                                    .file("d", "")
                                    .finish());
  ASSERT_TRUE(entries) << entries.error().what;
  EXPECT_EQ(entries->at(0).uid, 7U);
  EXPECT_EQ(entries->at(1).uid, 9U);
  EXPECT_EQ(entries->at(1).gid, 8U);
  EXPECT_EQ(entries->at(2).uid, 5U);
  EXPECT_EQ(entries->at(3).uid, 7U);
  EXPECT_EQ(entries->at(3).gid, 0U);
}

TEST(TarReader, RefusesBadPaxRecords) {
  const auto error = [](const std::string& body) {
    return error_of(TarBuilder().extended('x', body).file("a", "").finish());
  };
  const std::string ill = "an extended tar header is not well-formed";
  EXPECT_EQ(error("nonsense"), ill);
  EXPECT_EQ(error("99 path=a\n"), ill);
  EXPECT_EQ(error("0 path=a\n"), ill);
  EXPECT_EQ(error("9 path=ab\n"), ill);
  EXPECT_EQ(error("-1 path=a\n"), ill);
  EXPECT_EQ(error("6 abc\n"), ill);
  EXPECT_EQ(error("18446744073709551615 a=b\n"), ill);
  EXPECT_EQ(error(pax_record("uid", "x")), "an extended tar header has a bad 'uid' record");
  EXPECT_EQ(error(pax_record("size", "-1")), "an extended tar header has a bad 'size' record");
  EXPECT_EQ(error(pax_record("path", std::string("a\0b", 3))),
            "an extended tar header has a bad 'path' record");
  EXPECT_EQ(error(pax_record("SCHILY.xattr.", "v")),
            "an extended tar header has a bad 'SCHILY.xattr.' record");
  EXPECT_EQ(error(pax_record("uid", "4294967295")),
            "the tar entry 'a' has an owner beyond 32 bits (4294967295:0)");
  EXPECT_EQ(error(pax_record("size", "9223372036854775807")),
            "the tar entry 'a' claims 9223372036854775807 bytes");
  EXPECT_EQ(error(pax_record("GNU.sparse.major", "1")),
            "the tar entry 'a' is a sparse file, which image layers cannot hold");
}

TEST(TarReader, BoundsExtendedHeaders) {
  EXPECT_EQ(error_of(TarBuilder().header({.name = "x", .type = 'x', .size = 1048577}).finish()),
            "an extended tar header claims 1048577 bytes, more than 1048576");
  EXPECT_EQ(error_of(TarBuilder().header({.name = "L", .type = 'L', .size = 5000}).finish()),
            "an extended tar header claims 5000 bytes, more than 4097");
  std::string xattrs;
  for (int i = 0; i < 1025; ++i) {
    xattrs += pax_record(fmt::format("SCHILY.xattr.user.{}", i), "v");
  }
  EXPECT_EQ(error_of(TarBuilder().extended('x', xattrs).file("a", "").finish()),
            "an extended tar header has a bad 'SCHILY.xattr.user.1024' record");
  TarBuilder growing;
  for (int i = 0; i < 30; ++i) {
    growing.extended('g',
                     pax_record(fmt::format("SCHILY.xattr.user.{}", i), std::string(60000, 'v')));
  }
  EXPECT_EQ(error_of(growing.finish()), "the xattrs of a tar entry are longer than 1048576 bytes");
}

TEST(TarReader, RefusesWhatReadersCouldUnderstandDifferently) {
  const std::string twice = "a tar entry has two extended headers";
  const auto x = pax_record("path", "x");
  EXPECT_EQ(error_of(TarBuilder().extended('x', x).extended('x', x).file("a", "").finish()), twice);
  EXPECT_EQ(error_of(TarBuilder().extended('L', "l").extended('x', x).file("a", "").finish()),
            twice);
  EXPECT_EQ(error_of(TarBuilder().extended('x', x).extended('L', "l").file("a", "").finish()),
            twice);
  EXPECT_EQ(error_of(TarBuilder().extended('L', "l").extended('L', "m").file("a", "").finish()),
            twice);
  EXPECT_EQ(error_of(TarBuilder().extended('x', x).extended('g', x).file("a", "").finish()), twice);
  EXPECT_EQ(error_of(TarBuilder().extended('x', x).finish()),
            "the tar archive ends after an extended header");
  EXPECT_EQ(error_of(TarBuilder().raw(std::string(512, '\0')).file("a", "").finish()),
            "the tar archive has a block of zeros between two entries");
}

TEST(TarReader, NamesTheEntryOfAnUnknownType) {
  EXPECT_EQ(error_of(TarBuilder().header({.name = "odd", .type = 'S'}).finish()),
            "the tar entry 'odd' is a sparse file, which image layers cannot hold");
  EXPECT_EQ(error_of(TarBuilder().header({.name = "odd", .type = 'M'}).finish()),
            "the tar entry 'odd' has the unknown type 'M'");
  EXPECT_EQ(error_of(TarBuilder().header({.name = "o\x1b[d", .type = '\x01'}).finish()),
            "the tar entry 'o\\x1b[d' has the unknown type '\\x01'");
}

TEST(TarReader, RefusesContentOfWhatIsADirectoryByItsNameOnly) {
  EXPECT_EQ(error_of(TarBuilder().file("d/", "content").finish()),
            "the tar entry 'd/' is a directory by its name, but has content");
}

TEST(TarReader, ChecksHeaders) {
  auto archive = TarBuilder().file("a", "x").finish();
  archive[0] = 'b';
  EXPECT_EQ(error_of(archive), "not a tar header: its checksum does not match");
  EXPECT_EQ(error_of(std::string(2000, 'x')), "not a tar header: its checksum does not match");
}

TEST(TarReader, ToleratesAMissingEndMarkButNotTruncation) {
  const std::string truncated = "the tar archive ends in the middle of an entry";
  const auto whole = TarBuilder().file("a", "x").bytes();
  EXPECT_THAT(paths_of(whole), ElementsAre("a"));
  EXPECT_THAT(paths_of(whole + std::string(512, '\0')), ElementsAre("a"));
  EXPECT_THAT(paths_of(""), ElementsAre());
  for (const std::size_t length : {1U, 511U, 512U, 513U, 1023U}) {
    EXPECT_EQ(error_of(whole.substr(0, length)), truncated) << length;
  }
}

TEST(TarReader, ReadsTheSourceToItsEnd) {
  const auto archive = TarBuilder().file("a", "x").finish() + std::string(100000, '\0');
  StringSource source(archive);
  TarReader reader(source);
  ASSERT_TRUE(*reader.next());
  ASSERT_FALSE(*reader.next());
  std::array<std::byte, 1> one{};
  EXPECT_EQ(*source.read(one), 0U);
}

TEST(TarReader, ReadsBase256Numbers) {
  const auto entry_with = [](std::size_t offset, std::string_view bytes) {
    auto archive = TarBuilder().file("a", "").finish();
    archive.replace(offset, bytes.size(), bytes);
    archive.replace(148, 8, "        ");
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) {
      sum += static_cast<unsigned char>(archive[i]);
    }
    archive.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    return read_all(archive);
  };
  constexpr std::size_t kUid = 108;
  constexpr std::size_t kMtime = 136;
  EXPECT_EQ(entry_with(kUid, std::string_view("\x80\0\0\0\0\x2d\xc6\xc0", 8))->at(0).uid, 3000000U);
  EXPECT_EQ(
      entry_with(kMtime, std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12))
          ->at(0)
          .mtime,
      -2);
  const auto negative = entry_with(kUid, std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff", 8));
  ASSERT_FALSE(negative);
  EXPECT_EQ(negative.error().what, "the tar entry 'a' has a bad uid field");
  const auto wide = entry_with(kMtime, std::string_view("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12));
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().what, "the tar entry 'a' has a bad mtime field");
  const auto letters = entry_with(kUid, "00x0000");
  ASSERT_FALSE(letters);
  EXPECT_EQ(letters.error().what, "the tar entry 'a' has a bad uid field");
}

}  // namespace

}  // namespace gantry::oci
