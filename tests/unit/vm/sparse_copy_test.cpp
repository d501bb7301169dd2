#include "vm/sparse_copy.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "vm/known_file.hpp"

namespace gantry::vm {
namespace {

class Sparse : public testing::Test {
 protected:
  /// 8 MiB with three bytes in it, and zeros that are written.
  std::filesystem::path make() {
    auto path = directory_.path() / "source";
    const base::Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    EXPECT_EQ(ftruncate(fd.get(), 8 << 20), 0);
    const std::string zeros(1 << 20, '\0');
    EXPECT_EQ(pwrite(fd.get(), zeros.data(), zeros.size(), 1 << 20), 1 << 20);
    EXPECT_EQ(pwrite(fd.get(), "abc", 3, 5'000'000), 3);
    return path;
  }

  base::TempDir directory_ = *base::TempDir::create_under("/var/tmp");
};

TEST_F(Sparse, TheCopyHasTheSameBytesAndHolesForZeros) {
  const auto from = make();
  const auto to = directory_.path() / "copy";
  const auto copied = copy_sparse(from, to);
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_EQ(*base::read_file(from), *base::read_file(to));
  struct stat status {};
  ASSERT_EQ(stat(to.c_str(), &status), 0);
  EXPECT_LE(status.st_blocks * 512, 1 << 20);
}

TEST_F(Sparse, NothingIsOverwritten) {
  const auto from = make();
  EXPECT_FALSE(copy_sparse(from, from));
}

TEST_F(Sparse, AFileThatIsThereIsFilled) {
  const auto from = make();
  const auto to = directory_.path() / "there";
  EXPECT_FALSE(fill_sparse(from, to));
  ASSERT_TRUE(base::write_file(to, ""));
  std::filesystem::resize_file(to, std::filesystem::file_size(from));
  const auto filled = fill_sparse(from, to);
  ASSERT_TRUE(filled) << filled.error().what;
  EXPECT_EQ(*base::read_file(from), *base::read_file(to));
}

TEST_F(Sparse, TheDigestDoesNotSeeHoles) {
  const auto from = make();
  const auto to = directory_.path() / "copy";
  ASSERT_TRUE(copy_sparse(from, to));
  EXPECT_EQ(sparse_digest(from)->text(), sparse_digest(to)->text());
}

TEST_F(Sparse, TheDigestSeesEveryByteAndItsPlace) {
  const auto path = make();
  const auto before = *sparse_digest(path);
  const base::Fd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(pwrite(fd.get(), "b", 1, 5'000'000), 1);
  const auto changed = *sparse_digest(path);
  EXPECT_NE(changed, before);
  ASSERT_EQ(pwrite(fd.get(), "\0\0\0", 3, 5'000'000), 3);
  ASSERT_EQ(pwrite(fd.get(), "abc", 3, 5'100'000), 3);
  EXPECT_NE(*sparse_digest(path), before);
}

TEST_F(Sparse, AWriteChangesTheIdentity) {
  const auto path = make();
  const auto before = *identity_of(path);
  EXPECT_EQ(*identity_of(path), before);
  usleep(20'000);  // longer than a tick of the kernel's clock
  const base::Fd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(pwrite(fd.get(), "x", 1, 5'000'000), 1);
  EXPECT_NE(*identity_of(path), before);
}

}  // namespace
}  // namespace gantry::vm
