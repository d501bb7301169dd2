#include "oci/tar_writer.hpp"

#include <fstream>
#include <limits>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace gantry::oci {
namespace {

using content::Entry;
using content::EntryType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kTime = 1700000000;  // 2023-11-14 22:13:20 UTC
constexpr auto kNever = std::numeric_limits<std::int64_t>::max();

Entry make(EntryType type, std::string path) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = type == EntryType::kDirectory ? 0755 : 0644;
  entry.mtime = kTime;
  return entry;
}

std::string archive_of(const std::vector<Entry>& entries, std::int64_t latest_mtime = kNever) {
  std::string archive;
  for (const auto& entry : entries) {
    const auto written = append_tar_header(entry, latest_mtime, archive);
    EXPECT_TRUE(written) << written.error().what;
    if (entry.type == EntryType::kFile) {
      archive.append(entry.size, 'x');
      archive.append(tar_padding(entry.size), '\0');
    }
  }
  archive.append(kTarEnd, '\0');
  return archive;
}

/// GNU tar's listing, one string a line. A warning is a failure.
std::vector<std::string> gnu_tar_list(const std::string& archive) {
  const auto listed = base::run_checked({.arguments = {"tar", "--numeric-owner", "--full-time",
                                                       "--quoting-style=literal", "-tvf", "-"},
                                         .environment = {{"TZ", "UTC"}, {"LC_ALL", "C"}},
                                         .input = archive});
  EXPECT_TRUE(listed) << listed.error().what;
  if (!listed) {
    return {};
  }
  EXPECT_EQ(listed->err, "");
  std::vector<std::string> lines;
  for (const auto line : base::split(base::trim(listed->out), '\n')) {
    lines.emplace_back(line);
  }
  return lines;
}

struct Seen {
  std::string path;
  std::string link_target;
  std::int64_t mtime = 0;
  std::int64_t size = 0;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::map<std::string, std::string> xattrs;
  std::string owner_name;
};

/// libarchive's view of all headers.
std::vector<Seen> libarchive_list(const std::string& archive) {
  std::vector<Seen> all;
  auto* const reader = archive_read_new();
  archive_read_support_format_tar(reader);
  EXPECT_EQ(archive_read_open_memory(reader, archive.data(), archive.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = archive_read_next_header(reader, &entry)) == ARCHIVE_OK) {
    Seen seen;
    const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
    seen.path = text(archive_entry_pathname(entry));
    seen.link_target = text(archive_entry_symlink(entry)) + text(archive_entry_hardlink(entry));
    seen.mtime = archive_entry_mtime(entry);
    seen.size = archive_entry_size(entry);
    seen.uid = archive_entry_uid(entry);
    seen.gid = archive_entry_gid(entry);
    seen.owner_name = text(archive_entry_uname(entry)) + text(archive_entry_gname(entry));
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
      seen.xattrs[name] = std::string(static_cast<const char*>(value), size);
    }
    all.push_back(std::move(seen));
  }
  EXPECT_EQ(status, ARCHIVE_EOF) << archive_error_string(reader);
  archive_read_free(reader);
  return all;
}

TEST(TarWriter, GnuTarReadsEveryType) {
  auto file = make(EntryType::kFile, "usr/bin/tool");
  file.mode = 04755;
  file.uid = 1000;
  file.gid = 50;
  file.size = 700;
  auto symlink = make(EntryType::kSymlink, "usr/bin/alias");
  symlink.mode = 0777;
  symlink.link_target = "tool";
  auto hard_link = make(EntryType::kHardLink, "usr/bin/twin");
  hard_link.link_target = "usr/bin/tool";
  hard_link.mode = 04755;
  auto null_device = make(EntryType::kCharDevice, "dev/null");
  null_device.mode = 0666;
  null_device.device_major = 1;
  null_device.device_minor = 3;
  auto disk = make(EntryType::kBlockDevice, "dev/big");
  disk.device_major = 4095;
  disk.device_minor = 1048575;
  EXPECT_THAT(
      gnu_tar_list(archive_of({make(EntryType::kDirectory, "dev"), disk, null_device,
                               make(EntryType::kFifo, "dev/pipe"), file, symlink, hard_link,
                               make(EntryType::kWhiteout, "usr/gone"),
                               make(EntryType::kOpaqueWhiteout, "usr/share")})),
      ElementsAre("drwxr-xr-x 0/0               0 2023-11-14 22:13:20 dev/",
                  "brw-r--r-- 0/0    4095,1048575 2023-11-14 22:13:20 dev/big",
                  "crw-rw-rw- 0/0             1,3 2023-11-14 22:13:20 dev/null",
                  "prw-r--r-- 0/0               0 2023-11-14 22:13:20 dev/pipe",
                  "-rwsr-xr-x 1000/50         700 2023-11-14 22:13:20 usr/bin/tool",
                  "lrwxrwxrwx 0/0               0 2023-11-14 22:13:20 usr/bin/alias -> tool",
                  "hrwsr-xr-x 0/0               0 2023-11-14 22:13:20 usr/bin/twin link to "
                  "usr/bin/tool",
                  "-rw-r--r-- 0/0               0 2023-11-14 22:13:20 usr/.wh.gone",
                  "-rw-r--r-- 0/0               0 2023-11-14 22:13:20 usr/share/.wh..wh..opq"));
}

TEST(TarWriter, OrdinaryEntriesNeedNoPaxHeader) {
  const auto directory = std::string(155, 'd');
  for (const auto& path : {std::string("usr/bin/tool"), std::string(100, 'n'),
                           directory + "/" + std::string(100, 'n')}) {
    auto entry = make(EntryType::kSymlink, path);
    entry.link_target = std::string(100, 't');
    entry.uid = entry.gid = 2097151;
    std::string header;
    ASSERT_TRUE(append_tar_header(entry, kNever, header));
    EXPECT_EQ(header.size(), kTarBlock) << path;
  }
}

TEST(TarWriter, NamesOfAnyLengthComeBack) {
  std::vector<Entry> entries;
  std::vector<std::string> paths;
  for (std::size_t size = 95; size <= 300; ++size) {
    // Components of one to sixty bytes put the slashes at ever different places.
    std::string path;
    while (path.size() < size) {
      path += std::string(1 + path.size() * 7 % 60, 'a') + "/";
    }
    path.resize(size);
    path.back() = 'z';
    entries.push_back(make(EntryType::kFile, path));
    paths.push_back(path);
    path.back() = 'd';
    entries.push_back(make(EntryType::kDirectory, path));
    paths.push_back(path + "/");
    path.back() = 'l';
    entries.push_back(make(EntryType::kSymlink, path));
    entries.back().link_target = "../" + path;
    paths.push_back(path + " -> ../" + path);
  }
  const auto archive = archive_of(entries);
  const auto gnu = gnu_tar_list(archive);
  const auto libarchive = libarchive_list(archive);
  ASSERT_EQ(gnu.size(), paths.size());
  ASSERT_EQ(libarchive.size(), paths.size());
  for (std::size_t index = 0; index < paths.size(); ++index) {
    EXPECT_TRUE(gnu[index].ends_with(" " + paths[index])) << gnu[index];
    EXPECT_EQ(libarchive[index].path, paths[index].substr(0, paths[index].find(" -> ")));
    EXPECT_EQ(libarchive[index].link_target, entries[index].link_target);
  }
}

TEST(TarWriter, NamesThatAreNotAsciiComeBack) {
  const std::vector<std::string> names = {"grün",      "日本語",    "latin1-\xfc",
                                          "tab\there", "new\nline", std::string(120, '\xe9')};
  std::vector<Entry> entries;
  for (const auto& name : names) {
    entries.push_back(make(EntryType::kSymlink, name));
    entries.back().link_target = "to-" + name;
  }
  const auto archive = archive_of(entries);
  // Unpacking shows the bytes themselves.
  const auto directory = base::TempDir::create();
  ASSERT_TRUE(directory);
  const auto unpacked = base::run_checked(
      {.arguments = {"tar", "-C", directory->path().native(), "--warning=no-unknown-keyword",
                     "--no-same-owner", "-xf", "-"},
       .environment = {{"LC_ALL", "C.UTF-8"}},
       .input = archive});
  ASSERT_TRUE(unpacked) << unpacked.error().what;
  for (const auto& name : names) {
    std::error_code failure;
    EXPECT_EQ(std::filesystem::read_symlink(directory->path() / name, failure), "to-" + name)
        << base::printable(name) << ": " << failure.message();
  }
  const auto seen = libarchive_list(archive_of({entries[2], entries[5]}));
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].path, names[2]);
  EXPECT_EQ(seen[1].path, names[5]);
}

TEST(TarWriter, LargeNumbersComeBack) {
  auto entry = make(EntryType::kFile, "disk");
  entry.size = (std::uint64_t{1} << 33) + 7;
  entry.uid = 4294967294;
  entry.gid = 2097152;
  entry.mtime = std::int64_t{1} << 33;
  auto early = make(EntryType::kFile, "early");
  early.mtime = -5;
  std::string header;
  ASSERT_TRUE(append_tar_header(entry, kNever, header));
  // The content is not there: libarchive still reports the header.
  auto seen = libarchive_list(archive_of({early}));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].mtime, -5);
  auto* const reader = archive_read_new();
  archive_read_support_format_tar(reader);
  ASSERT_EQ(archive_read_open_memory(reader, header.data(), header.size()), ARCHIVE_OK);
  archive_entry* read = nullptr;
  ASSERT_EQ(archive_read_next_header(reader, &read), ARCHIVE_OK);
  EXPECT_EQ(archive_entry_size(read), (std::int64_t{1} << 33) + 7);
  EXPECT_EQ(archive_entry_uid(read), 4294967294);
  EXPECT_EQ(archive_entry_gid(read), 2097152);
  EXPECT_EQ(archive_entry_mtime(read), std::int64_t{1} << 33);
  archive_read_free(reader);
}

TEST(TarWriter, ExtendedAttributesComeBackByteForByte) {
  auto entry = make(EntryType::kFile, "usr/bin/ping");
  const std::string capability("\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00", 12);
  entry.xattrs = {{"security.capability", capability}, {"user.empty", ""}, {"user.text", "a\nb=c"}};
  const auto seen = libarchive_list(archive_of({entry}));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_THAT(seen[0].xattrs, ::testing::IsSupersetOf({std::pair<const std::string, std::string>(
                                                           "security.capability", capability),
                                                       {"user.text", "a\nb=c"}}));
}

TEST(TarWriter, RecordsCountTheirOwnLength) {
  // The length's own digits change the length where it passes a power of ten.
  for (std::size_t size = 60; size <= 1100; ++size) {
    auto entry = make(EntryType::kFile, "f");
    entry.xattrs = {{"user.n", std::string(size, 'v')}};
    const auto seen = libarchive_list(archive_of({entry}));
    ASSERT_EQ(seen.size(), 1U);
    ASSERT_EQ(seen[0].xattrs.at("user.n").size(), size);
  }
}

TEST(TarWriter, TimesAreClampedAndOwnersNameless) {
  auto late = make(EntryType::kFile, "late");
  auto early = make(EntryType::kFile, "early");
  early.mtime = 5;
  const auto archive = archive_of({late, early}, 1000);
  const auto seen = libarchive_list(archive);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].mtime, 1000);
  EXPECT_EQ(seen[1].mtime, 5);
  EXPECT_EQ(seen[0].owner_name, "");
}

TEST(TarWriter, PaxHeadersHoldNoTimesOrProcessNumbers) {
  auto entry = make(EntryType::kFile, std::string(150, 'p'));
  std::string header;
  ASSERT_TRUE(append_tar_header(entry, kNever, header));
  ASSERT_EQ(header.size(), 3 * kTarBlock);
  EXPECT_EQ(header.substr(0, 91), "PaxHeaders/" + std::string(80, 'p'));
  EXPECT_EQ(header[156], 'x');
  const auto records = header.substr(kTarBlock, header.find('\0', kTarBlock) - kTarBlock);
  EXPECT_EQ(records, "160 path=" + std::string(150, 'p') + "\n");
}

TEST(TarWriter, SaysWhatNoArchiveHolds) {
  std::string header;
  auto attribute = make(EntryType::kFile, "etc/a");
  attribute.xattrs = {{"user.x=y", "1"}};
  auto refused = append_tar_header(attribute, kNever, header);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "a layer cannot hold 'etc/a': no archive can name its extended attribute 'user.x=y'");
  auto device = make(EntryType::kBlockDevice, "dev/x");
  device.device_minor = 1 << 21;
  refused = append_tar_header(device, kNever, header);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "a layer cannot hold 'dev/x': its device number is too large");
  refused = append_tar_header(make(EntryType::kFile, std::string("a\0b", 3)), kNever, header);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "a layer cannot hold 'a\\x00b': its name or its target has a NUL in it");
}

}  // namespace
}  // namespace gantry::oci
