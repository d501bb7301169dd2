#include "oci/blob_store.hpp"

#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;

/// "abc" is the example of FIPS 180-2.
constexpr std::string_view kAbc =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct stat status_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status;
}

void overwrite(const fs::path& path, std::string_view content) {
  ASSERT_TRUE(base::remove_tree(path));
  ASSERT_TRUE(base::write_file(path, content));
}

class Store : public testing::Test {
 protected:
  BlobStore open(const char* name) {
    auto store = BlobStore::open(directory_.path() / name);
    EXPECT_TRUE(store) << store.error().what;
    return *std::move(store);
  }

  base::TempDir directory_ = *base::TempDir::create();
  BlobStore store_ = open("store");
};

TEST_F(Store, PutIsReadBack) {
  const auto descriptor = store_.put("abc", "text/plain");
  ASSERT_TRUE(descriptor) << descriptor.error().what;
  EXPECT_EQ(descriptor->digest.text(), kAbc);
  EXPECT_EQ(descriptor->size, 3);
  EXPECT_TRUE(store_.blobs().contains(*descriptor));
  EXPECT_EQ(*store_.blobs().read_document(*descriptor), "abc");
  EXPECT_TRUE(store_.blobs().verify(*descriptor));
  EXPECT_EQ(status_of(store_.blobs().path_of(descriptor->digest)).st_mode & 07777, 0644U);
  const auto inode = status_of(store_.blobs().path_of(descriptor->digest)).st_ino;
  ASSERT_TRUE(store_.put("abc", "text/plain"));
  EXPECT_EQ(status_of(store_.blobs().path_of(descriptor->digest)).st_ino, inode);
}

TEST_F(Store, AWriterThatIsNotCommittedLeavesNothing) {
  {
    auto writer = store_.create();
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(std::as_bytes(std::span("abc"))));
    EXPECT_EQ(writer->size(), 4);
  }
  EXPECT_TRUE(fs::is_empty(directory_.path() / "store" / "tmp"));
  EXPECT_TRUE(fs::is_empty(directory_.path() / "store" / "blobs" / "sha256"));
}

TEST_F(Store, DamageIsNamed) {
  const auto descriptor = *store_.put("abc", "text/plain");
  const auto path = store_.blobs().path_of(descriptor.digest);
  const auto root = store_.blobs().root().native();
  overwrite(path, "abd");
  auto read = store_.blobs().read_document(descriptor);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what,
            "blob is corrupt: its content has the digest "
            "sha256:a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9");
  EXPECT_EQ(read.error().where, path.native());
  EXPECT_EQ(store_.blobs().verify(descriptor).error().what, read.error().what);

  overwrite(path, "abcd");
  read = store_.blobs().read_document(descriptor);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "blob has 4 bytes, but its descriptor says 3");

  ASSERT_TRUE(base::remove_tree(path));
  read = store_.blobs().read_document(descriptor);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "blob " + std::string(kAbc) + " is missing");
  EXPECT_EQ(read.error().where, root);

  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  read = store_.blobs().read_document(descriptor);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "a blob must be a regular file");

  auto huge = descriptor;
  huge.size = (4U << 20) + 1;
  EXPECT_EQ(store_.blobs().read_document(huge).error().what,
            "4194305 bytes are more than the 4194304 that a document may have");
}

TEST_F(Store, ADamagedBlobOfAnotherSizeIsReplaced) {
  const auto descriptor = *store_.put("abc", "text/plain");
  overwrite(store_.blobs().path_of(descriptor.digest), "");
  ASSERT_TRUE(store_.put("abc", "text/plain"));
  EXPECT_EQ(*store_.blobs().read_document(descriptor), "abc");
  EXPECT_TRUE(fs::is_empty(directory_.path() / "store" / "tmp"));
}

TEST_F(Store, AdoptsOwnFilesByLink) {
  const auto other = open("other");
  const auto descriptor = *other.put("abc", "text/plain");
  ASSERT_TRUE(store_.adopt(other.blobs(), descriptor));
  EXPECT_EQ(status_of(store_.blobs().path_of(descriptor.digest)).st_ino,
            status_of(other.blobs().path_of(descriptor.digest)).st_ino);
  EXPECT_TRUE(store_.adopt(BlobDirectory("/nonexistent"), descriptor)) << "it is here already";
}

TEST_F(Store, CopiesWhatOthersMayWrite) {
  const auto other = open("other");
  const auto descriptor = *other.put("abc", "text/plain");
  const auto source = other.blobs().path_of(descriptor.digest);
  ASSERT_EQ(chmod(source.c_str(), 0664), 0);
  ASSERT_TRUE(store_.adopt(other.blobs(), descriptor));
  const auto status = status_of(store_.blobs().path_of(descriptor.digest));
  EXPECT_NE(status.st_ino, status_of(source).st_ino);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  EXPECT_TRUE(store_.blobs().verify(descriptor));
}

TEST_F(Store, CopiesAcrossFileSystems) {
  const auto shared = base::TempDir::create_under("/dev/shm");
  if (!shared || status_of(shared->path()).st_dev == status_of(directory_.path()).st_dev) {
    GTEST_SKIP() << "needs /dev/shm on a file system of its own";
  }
  const auto other = BlobStore::open(shared->path() / "store");
  ASSERT_TRUE(other);
  const auto descriptor = *other->put(std::string(1000000, 'x'), "text/plain");
  ASSERT_TRUE(store_.adopt(other->blobs(), descriptor));
  EXPECT_TRUE(store_.blobs().verify(descriptor));
}

TEST_F(Store, AdoptsNothingThatIsDamaged) {
  const auto other = open("other");
  const auto descriptor = *other.put("abc", "text/plain");
  const auto source = other.blobs().path_of(descriptor.digest);
  for (const mode_t mode : {0644U, 0666U}) {  // to be linked; to be copied
    overwrite(source, "abd");
    ASSERT_EQ(chmod(source.c_str(), mode), 0);
    const auto adopted = store_.adopt(other.blobs(), descriptor);
    ASSERT_FALSE(adopted);
    EXPECT_TRUE(adopted.error().what.starts_with("blob is corrupt: ")) << adopted.error().what;
    EXPECT_FALSE(store_.blobs().contains(descriptor));
  }
  EXPECT_TRUE(fs::is_empty(directory_.path() / "store" / "tmp"));
}

TEST_F(Store, LayerRecords) {
  const auto key = content::sha256("key");
  EXPECT_FALSE(store_.find_layer(key)->has_value());
  LayerRecord record{*store_.put("abc", media_type::kLayer), content::sha256("tar")};
  record.descriptor.annotations["dev.gantry.encoder"] = "none";
  ASSERT_TRUE(store_.record_layer(key, record));
  ASSERT_TRUE(store_.record_layer(key, record));
  EXPECT_EQ(**store_.find_layer(key), record);
  EXPECT_TRUE(fs::is_empty(directory_.path() / "store" / "tmp"));

  fs::rename(store_.blobs().path_of(record.descriptor.digest), directory_.path() / "aside");
  EXPECT_FALSE(store_.find_layer(key)->has_value()) << "its blob is gone";
}

TEST_F(Store, ADamagedRecordIsNone) {
  const auto key = content::sha256("key");
  const LayerRecord record{*store_.put("abc", media_type::kLayer), content::sha256("tar")};
  ASSERT_TRUE(store_.record_layer(key, record));
  const auto path = store_.record_path(key);
  const auto good = *base::read_file(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    overwrite(path, bad);
    ASSERT_FALSE(store_.find_layer(key)->has_value()) << i;
    overwrite(path, good.substr(0, i));
    ASSERT_FALSE(store_.find_layer(key)->has_value()) << i;
  }
  const auto other = content::sha256("other");
  overwrite(store_.record_path(other), good);
  EXPECT_FALSE(store_.find_layer(other)->has_value()) << "the record is of another key";
  overwrite(path, good);
  EXPECT_TRUE(store_.find_layer(key)->has_value());
}

TEST_F(Store, Trees) {
  content::Tree tree(2);
  tree[0].path = "usr";
  tree[0].type = content::EntryType::kDirectory;
  tree[1].path = "usr/a";
  tree[1].size = 3;
  tree[1].source = "/somewhere/usr/a";
  tree[1].source_offset = 512;
  tree[1].identity = content::Identity::of_status({});
  const auto blob = content::sha256("blob");
  EXPECT_FALSE(store_.find_tree(blob)->has_value());
  ASSERT_TRUE(store_.record_tree(blob, tree));
  tree[1].source = {};
  tree[1].source_offset = 0;
  tree[1].identity = {};
  EXPECT_EQ(**store_.find_tree(blob), tree);

  overwrite(store_.tree_path(blob), "gantry-manifest 1\n");
  EXPECT_FALSE(store_.find_tree(blob)->has_value());
}

TEST_F(Store, TreesOfAnotherStoreAreTaken) {
  content::Tree tree(1);
  tree[0].path = "a";
  const auto blob = content::sha256("blob");
  const auto other = BlobStore::open(directory_.path() / "other");
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other->adopt_tree(store_, blob));  // nothing is known
  EXPECT_FALSE(other->find_tree(blob)->has_value());
  ASSERT_TRUE(store_.record_tree(blob, tree));
  EXPECT_TRUE(*other->adopt_tree(store_, blob));
  EXPECT_EQ(**other->find_tree(blob), tree);
  overwrite(store_.tree_path(blob), "damaged");
  EXPECT_FALSE(*other->adopt_tree(store_, blob));
  EXPECT_EQ(**other->find_tree(blob), tree);
}

TEST_F(Store, ALongTreeIsWrittenInPieces) {
  content::Tree tree(5000);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    tree[i].path = fmt::format("{:04}", i);
    tree[i].identity = content::sha256(tree[i].path);
  }
  const auto blob = content::sha256("blob");
  ASSERT_TRUE(store_.record_tree(blob, tree));
  EXPECT_EQ(**store_.find_tree(blob), tree);
}

/// Every process stores the same hundred blobs; each must find all of them whole at the end.
TEST_F(Store, ManyProcessesAtOnce) {
  std::array<pid_t, 4> children{};
  for (auto& child : children) {
    child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto store = BlobStore::open(directory_.path() / "store");
      bool good = static_cast<bool>(store);
      for (int i = 0; good && i < 100; ++i) {
        const auto content = std::string(1000, static_cast<char>(i));
        const auto descriptor = store->put(content, "text/plain");
        good = descriptor && store->blobs().verify(*descriptor) &&
               store->record_layer(content::sha256("key"), {*descriptor, descriptor->digest}) &&
               store->find_layer(content::sha256("key"))->has_value();
      }
      _exit(good ? 0 : 1);
    }
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

}  // namespace
}  // namespace gantry::oci
