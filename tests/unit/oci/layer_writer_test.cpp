#include "oci/layer_writer.hpp"

#include <array>
#include <csignal>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "content/scan.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using content::Entry;
using content::EntryType;
using content::Tree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LayerWriter : public ::testing::Test {
 protected:
  LayerWriter()
      : directory_(*base::TempDir::create()),
        store_(*BlobStore::open(directory_.path() / "store")) {
    fs::create_directory(root());
  }

  fs::path root() const { return directory_.path() / "tree"; }

  void add(const std::string& path, const std::string& content) {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << content;
  }
  Tree scan() const {
    auto tree = content::scan_tree(root(), content::Identify::kByContent, content::Owners::kRoot);
    EXPECT_TRUE(tree) << tree.error().what;
    return *std::move(tree);
  }
  base::Result<LayerRecord> write(const Tree& tree, std::string_view encoder = "gzip",
                                  unsigned threads = 0) {
    const auto progress = base::make_silent_progress();
    return write_layer(tree, **make_encoder(encoder),
                       {.source_date_epoch = 1700000000, .threads = threads}, store_, *progress);
  }
  std::string blob_path(const LayerRecord& record) const {
    return store_.blobs().path_of(record.descriptor.digest).native();
  }
  std::size_t files_in_store() const {
    return static_cast<std::size_t>(std::count_if(
        fs::recursive_directory_iterator(store_.blobs().root()), fs::recursive_directory_iterator(),
        [](const fs::directory_entry& entry) { return entry.is_regular_file(); }));
  }

  /// Some 6 MB in files from 0 bytes to 2 MB.
  void add_many() {
    std::string content;
    for (std::size_t number = 0; number < 300; ++number) {
      content += fmt::format("line {} of {:x}\n", number, number * number * 2654435761U);
      add(fmt::format("usr/share/doc/{}/{}", number % 17, number), content.substr(0, number * 40));
    }
    while (content.size() < 2000000) {
      content += content;
    }
    add("usr/lib/large", content);
    add("usr/lib/empty", "");
    fs::create_symlink("large", root() / "usr/lib/link");
    fs::create_hard_link(root() / "usr/lib/large", root() / "usr/lib/twin");
  }

  base::TempDir directory_;
  BlobStore store_;
};

std::string output_of(std::vector<std::string> arguments) {
  const auto finished = base::run_checked({.arguments = std::move(arguments)});
  EXPECT_TRUE(finished) << finished.error().what;
  return finished ? finished->out : "";
}

std::string sha256sum_of(const std::string& command) {
  return "sha256:" + output_of({"sh", "-c", command + " | sha256sum"}).substr(0, 64);
}

TEST_F(LayerWriter, GnuTarUnpacksTheSameTree) {
  add_many();
  for (const char* const encoder : {"gzip", "gzip-dense", "zstd", "none"}) {
    const auto record = write(scan(), encoder);
    ASSERT_TRUE(record) << record.error().what;
    const auto unpacked = directory_.path() / encoder;
    fs::create_directory(unpacked);
    output_of({"tar", "-C", unpacked.native(), "--no-same-owner", "-xf", blob_path(*record)});
    EXPECT_EQ(output_of({"diff", "-r", "--no-dereference", root().native(), unpacked.native()}),
              "");
    EXPECT_TRUE(fs::equivalent(unpacked / "usr/lib/large", unpacked / "usr/lib/twin"));
  }
}

TEST_F(LayerWriter, DigestsAndSizesAreTrue) {
  add_many();
  for (const auto& [encoder, decoder, type] :
       {std::tuple{"gzip", "gzip -dc", media_type::kLayerGzip},
        {"gzip-dense", "gzip -dc", media_type::kLayerGzip},
        {"zstd", "zstd -dc", media_type::kLayerZstd},
        {"none", "cat", media_type::kLayer}}) {
    const auto record = write(scan(), encoder);
    ASSERT_TRUE(record) << record.error().what;
    const auto path = blob_path(*record);
    EXPECT_EQ(record->descriptor.digest.text(), sha256sum_of("cat " + path));
    EXPECT_EQ(record->descriptor.size, fs::file_size(path));
    EXPECT_EQ(record->descriptor.media_type, type);
    EXPECT_EQ(record->diff_id.text(), sha256sum_of(fmt::format("{} < {}", decoder, path)));
    EXPECT_EQ(record->descriptor.annotations,
              (Annotations{{"dev.gantry.encoder", (*make_encoder(encoder))->identity()}}));
  }
}

TEST_F(LayerWriter, ThreadsDoNotChangeTheBytes) {
  add_many();
  const auto tree = scan();
  for (const char* const encoder : {"gzip", "gzip-dense", "zstd", "none"}) {
    const auto one = write(tree, encoder, 1);
    ASSERT_TRUE(one);
    for (const unsigned threads : {2U, 5U, 40U}) {
      const auto many = write(tree, encoder, threads);
      ASSERT_TRUE(many);
      EXPECT_EQ(*many, *one) << encoder << " with " << threads;
    }
  }
}

TEST_F(LayerWriter, EmptyTreeIsAnEmptyArchive) {
  for (const char* const encoder : {"gzip", "gzip-dense", "zstd", "none"}) {
    const auto record = write({}, encoder);
    ASSERT_TRUE(record) << record.error().what;
    // The digest of 1024 zero bytes, as every image tool knows it.
    EXPECT_EQ(record->diff_id.text(),
              "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
  }
}

TEST_F(LayerWriter, WhiteoutsComeFirstInTheirDirectory) {
  Tree tree;
  const auto put = [&](EntryType type, const char* path) {
    tree.emplace_back();
    tree.back().type = type;
    tree.back().path = path;
  };
  put(EntryType::kDirectory, "etc");
  put(EntryType::kFile, "etc/a");
  put(EntryType::kDirectory, "etc/b");
  put(EntryType::kWhiteout, "etc/b/old");
  put(EntryType::kOpaqueWhiteout, "etc/b");
  put(EntryType::kFile, "etc/b/.hidden");
  put(EntryType::kWhiteout, "etc/z");
  put(EntryType::kWhiteout, "usr");
  const auto record = write(tree, "none");
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(output_of({"tar", "-tf", blob_path(*record)}),
            ".wh.usr\n"
            "etc/\n"
            "etc/.wh.z\n"
            "etc/a\n"
            "etc/b/\n"
            "etc/b/.wh..wh..opq\n"
            "etc/b/.wh.old\n"
            "etc/b/.hidden\n");
}

TEST_F(LayerWriter, ContentMayLieInsideAnotherFile) {
  const auto packed = directory_.path() / "packed";
  std::ofstream(packed) << "0123456789abcdefghij";
  Tree tree;
  for (const auto& [path, offset, size] : {std::tuple{"first", 2, 5}, {"second", 12, 3}}) {
    Entry entry;
    entry.path = path;
    entry.source = packed.native();
    entry.source_offset = static_cast<std::uint64_t>(offset);
    entry.size = static_cast<std::uint64_t>(size);
    tree.push_back(entry);
  }
  const auto record = write(tree);
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_EQ(output_of({"tar", "-xOf", blob_path(*record)}), "23456cde");
}

TEST_F(LayerWriter, InputsThatChangeAreErrorsThatNameThem) {
  add("a", "some content");
  add("b", "more");
  const auto tree = scan();
  const auto path = (root() / "a").native();

  fs::resize_file(path, 5);
  auto refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, path + " became shorter while it was read");
  EXPECT_EQ(refused.error().hint,
            "no other program may change the files of a layer while it is written");

  fs::resize_file(path, 50);
  refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, path + " became longer while it was read");

  fs::remove(path);
  refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "cannot read " + path + ": No such file or directory");

  fs::create_directory(path);
  refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "cannot read " + path + ": Is a directory");

  fs::remove(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, path + " became a pipe while it was read");
  EXPECT_EQ(files_in_store(), 0U);
}

/// Takes the right to read and write everything from this thread, which root has, while it lives.
class OrdinaryRights {
 public:
  OrdinaryRights() {
    syscall(SYS_capget, &header_, before_.data());
    auto without = before_;
    without[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
    syscall(SYS_capset, &header_, without.data());
  }
  OrdinaryRights(const OrdinaryRights&) = delete;
  OrdinaryRights& operator=(const OrdinaryRights&) = delete;
  ~OrdinaryRights() { syscall(SYS_capset, &header_, before_.data()); }

 private:
  __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> before_{};
};

TEST_F(LayerWriter, UnreadableInputIsNamed) {
  add("secret", "s");
  const auto tree = scan();
  fs::permissions(root() / "secret", fs::perms::none);
  const OrdinaryRights rights;
  const auto refused = write(tree);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "cannot read " + (root() / "secret").native() + ": Permission denied");
}

TEST_F(LayerWriter, FullDiskIsAnErrorAndLeavesNothing) {
  add_many();
  const auto tree = scan();
  // A limit on the size of files fails like a full disk, and needs no mount.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 100000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto refused = write(tree, "none", 4);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, HasSubstr("File too large"));
  EXPECT_EQ(files_in_store(), 0U);
  // And the next one succeeds.
  EXPECT_TRUE(write(tree, "none", 4));
}

TEST_F(LayerWriter, InterruptStopsItAndLeavesNothing) {
  add_many();
  const auto tree = scan();
  EXPECT_EXIT(
      {
        base::catch_interrupts();
        std::raise(SIGINT);
        const auto refused = write(tree);
        std::fputs(refused ? "" : refused.error().what.c_str(), stderr);
        std::_Exit(files_in_store() == 0 ? 3 : 4);
      },
      ::testing::ExitedWithCode(3), "interrupted while a layer was written");
}

TEST_F(LayerWriter, KeyKnowsAllThatDecidesTheBytes) {
  add("a", "some content");
  auto tree = scan();
  const auto gzip = make_encoder("gzip");
  const LayerOptions options{.source_date_epoch = 1700000000};
  const auto key = layer_key(tree, **gzip, options);
  EXPECT_EQ(layer_key(tree, **gzip, {.source_date_epoch = 1700000000, .threads = 7}), key);
  EXPECT_NE(layer_key(tree, **make_encoder("zstd"), options), key);
  EXPECT_NE(layer_key(tree, **gzip, {.source_date_epoch = 5}), key);
  EXPECT_NE(layer_key({}, **gzip, options), key);

  const auto changed = [&](const auto& change) {
    auto other = tree;
    change(other[0]);
    return layer_key(other, **gzip, options) != key;
  };
  EXPECT_TRUE(changed([](Entry& entry) { entry.path = "b"; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.type = EntryType::kFifo; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.mode = 0755; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.uid = 1; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.gid = 1; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.mtime = 3; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.size = 3; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.link_target = "c"; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.device_major = 3; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.device_minor = 3; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.xattrs = {{"user.a", "1"}}; }));
  EXPECT_TRUE(changed([](Entry& entry) { entry.identity = content::sha256(""); }));
  // Where the bytes come from, and a time beyond the epoch, decide nothing.
  EXPECT_FALSE(changed([](Entry& entry) { entry.source = "/elsewhere"; }));
  EXPECT_FALSE(changed([](Entry& entry) { entry.mtime = 1800000000; }));
}

}  // namespace
}  // namespace gantry::oci
