// Archives that GNU tar, bsdtar and Python write, read by us and by Python: both must see the same.
#include <algorithm>
#include <array>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "content/digest.hpp"
#include "oci/tar_reader.hpp"
#include "tar_builder.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;
using content::EntryType;

// One line an entry: type mode uid gid mtime size path target content-digest xattrs.
constexpr const char* kPythonListing = R"(
import hashlib, os.path, sys, tarfile, math
sys.stdout.reconfigure(encoding='utf-8', errors='surrogateescape')
TYPES = {tarfile.DIRTYPE: 'd', tarfile.SYMTYPE: 'l', tarfile.LNKTYPE: 'h', tarfile.FIFOTYPE: 'p'}
def clean(name):
    return '/'.join(part for part in name.split('/') if part not in ('', '.'))
with tarfile.open(sys.argv[1], encoding='utf-8', errors='surrogateescape') as archive:
    for m in archive:
        kind = '-' if m.isreg() else TYPES[m.type]
        if not clean(m.name):
            continue
        target = {'l': m.linkname, 'h': clean(m.linkname)}.get(kind, '')
        data = hashlib.sha256(archive.extractfile(m).read()).hexdigest() if kind == '-' else ''
        xattrs = sorted((k[13:], v) for k, v in m.pax_headers.items()
                        if k.startswith('SCHILY.xattr.'))
        print(kind, '%o' % (m.mode & 0o7777), m.uid, m.gid, math.floor(m.mtime),
              m.size if kind == '-' else 0, clean(m.name), target, data,
              ','.join(k + '=' + v.encode('utf-8', 'surrogateescape').hex() for k, v in xattrs),
              sep='|')
)";

char letter(EntryType type) {
  switch (type) {
    case EntryType::kFile:
      return '-';
    case EntryType::kDirectory:
      return 'd';
    case EntryType::kSymlink:
      return 'l';
    case EntryType::kHardLink:
      return 'h';
    default:
      return 'p';
  }
}

std::string our_listing(const fs::path& archive) {
  const auto bytes = base::read_file(archive);
  testing::StringSource source(*bytes);
  TarReader reader(source);
  std::string lines;
  for (;;) {
    const auto next = reader.next();
    if (!next) {
      return lines + next.error().what;
    }
    if (!*next) {
      return lines;
    }
    const auto& entry = **next;
    content::Sha256 hash;
    std::array<std::byte, 1000> piece;
    for (auto count = reader.read(piece); *count > 0; count = reader.read(piece)) {
      hash.update(std::span(piece).first(*count));
    }
    std::vector<std::string> xattrs;
    for (const auto& [name, value] : entry.xattrs) {
      const auto* const data = reinterpret_cast<const std::uint8_t*>(value.data());
      xattrs.push_back(name + "=" + base::to_hex({data, value.size()}));
    }
    const bool file = entry.type == EntryType::kFile;
    lines +=
        fmt::format("{}|{:o}|{}|{}|{}|{}|{}|{}|{}|{}\n", letter(entry.type), entry.mode, entry.uid,
                    entry.gid, entry.mtime, entry.size, entry.path, entry.link_target,
                    file ? hash.finish().hex() : "", base::join(xattrs, ","));
  }
}

class TarPeers : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const tool : {"tar", "bsdtar", "python3"}) {
      if (!base::find_program(tool)) {
        GTEST_SKIP() << tool << " is not installed";
      }
    }
    auto made = base::TempDir::create();
    ASSERT_TRUE(made);
    directory_ = std::make_unique<base::TempDir>(*std::move(made));
    make_tree();
  }

  void make_tree() {
    const auto root = directory_->path() / "tree";
    fs::create_directories(root / "usr/bin");
    fs::create_directories(root / "empty");
    write(root / "usr/bin/tool", std::string(1000, 'x'), 04755);
    write(root / "usr/bin/zero", "", 0600);
    write(root / "block", std::string(512, 'b'), 0644);
    write(root / "gr\xc3\xbc\xc3\x9f", "utf-8", 0644);
    fs::create_symlink("../tool with spaces", root / "usr/bin/link");
    fs::create_hard_link(root / "block", root / "second name");
    ASSERT_EQ(mkfifo((root / "pipe").c_str(), 0640), 0);
    fs::permissions(root / "empty", static_cast<fs::perms>(01777));
    constexpr timespec kTimes[2] = {{1700000000, 0}, {1234567890, 987654321}};
    ASSERT_EQ(utimensat(AT_FDCWD, (root / "block").c_str(), kTimes, 0), 0);
  }

  /// Names that neither v7 nor ustar can hold.
  void make_long_names() {
    const auto root = directory_->path() / "tree";
    auto deep = root;
    for (int i = 0; i < 6; ++i) {
      deep /= std::string(60, static_cast<char>('a' + i));
    }
    fs::create_directories(deep);
    write(deep / std::string(200, 'n'), "deep", 0644);
    fs::create_symlink(std::string(300, 't'), root / "far");
    fs::create_hard_link(deep / std::string(200, 'n'), root / "near");
  }

  static void write(const fs::path& path, const std::string& content, unsigned mode) {
    ASSERT_TRUE(base::write_file(path, content));
    fs::permissions(path, static_cast<fs::perms>(mode));
  }

  /// command writes the archive whose name it gets last; tree/ is beside it.
  void expect_same(std::vector<std::string> command) {
    const auto archive = directory_->path() / "archive.tar";
    const auto made = base::run_checked({.arguments = command, .directory = directory_->path()});
    ASSERT_TRUE(made) << made.error().what;
    const auto listing =
        base::run_checked({.arguments = {"python3", "-c", kPythonListing, archive.native()}});
    ASSERT_TRUE(listing) << listing.error().what;
    EXPECT_GE(std::count(listing->out.begin(), listing->out.end(), '\n'), 10);
    EXPECT_EQ(our_listing(archive), listing->out);
  }

  std::unique_ptr<base::TempDir> directory_;
};

TEST_F(TarPeers, GnuTarV7) {
  // v7 has no FIFOs: tar says so and leaves it out.
  fs::remove(directory_->path() / "tree/pipe");
  expect_same({"tar", "--format=v7", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, GnuTarOldGnu) {
  make_long_names();
  expect_same({"tar", "--format=oldgnu", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, GnuTarUstar) {
  expect_same({"tar", "--format=ustar", "-cf", "archive.tar", "-C", "tree", "."});
}

TEST_F(TarPeers, GnuTarGnu) {
  make_long_names();
  expect_same({"tar", "--format=gnu", "--owner=:3000000", "--group=:4000000", "-cf", "archive.tar",
               "-C", "tree", "."});
}

TEST_F(TarPeers, GnuTarPax) {
  make_long_names();
  const auto file = (directory_->path() / "tree/block").native();
  if (setxattr(file.c_str(), "user.note", "a=b\nc", 5, 0) != 0) {
    GTEST_SKIP() << "the file system of " << file << " has no user xattrs";
  }
  expect_same({"tar", "--format=pax", "--xattrs", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, GnuTarPaxWithGlobalHeader) {
  expect_same({"tar", "--format=pax", "--pax-option=globexthdr.name=g,uid=77,gid:=78", "-cf",
               "archive.tar", "tree"});
}

TEST_F(TarPeers, BsdtarPax) {
  make_long_names();
  expect_same({"bsdtar", "--format=pax", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, BsdtarRestrictedPax) {
  make_long_names();
  expect_same({"bsdtar", "--format=paxr", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, BsdtarGnu) {
  make_long_names();
  expect_same({"bsdtar", "--format=gnutar", "-cf", "archive.tar", "tree"});
}

TEST_F(TarPeers, BsdtarUstar) {
  expect_same({"bsdtar", "--format=ustar", "-cf", "archive.tar", "./tree"});
}

TEST_F(TarPeers, PythonInAllItsFormats) {
  make_long_names();
  for (const char* const format : {"GNU_FORMAT", "PAX_FORMAT"}) {
    expect_same({"python3", "-c",
                 fmt::format("import tarfile\n"
                             "with tarfile.open('archive.tar', 'w', format=tarfile.{}) as a:\n"
                             "    a.add('tree')\n",
                             format)});
  }
}

TEST_F(TarPeers, SparseFilesAreRefused) {
  fs::resize_file(directory_->path() / "tree/block", 1 << 20);
  for (const char* const format : {"--format=gnu", "--format=pax"}) {
    ASSERT_TRUE(base::run_checked(
        {.arguments = {"tar", format, "--sparse", "-cf", "archive.tar", "tree/block"},
         .directory = directory_->path()}));
    EXPECT_EQ(our_listing(directory_->path() / "archive.tar"),
              "the tar entry 'tree/block' is a sparse file, which image layers cannot hold");
  }
}

}  // namespace

}  // namespace gantry::oci
