#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "tar_builder.hpp"
#include "vm/disk/disk_image.hpp"

namespace gantry::vm::testing {

/// A disk that nothing boots, made of an archive, as e2fsprogs sees it.
class DiskOfArchive {
 public:
  explicit DiskOfArchive(const oci::testing::TarBuilder& tar, DiskOptions options = {})
      : directory_(*base::TempDir::create()) {
    const auto archive = directory_.path() / "root.tar";
    EXPECT_TRUE(base::write_file(archive, tar.finish()));
    options.source = archive;
    options.output = file();
    made_ = make_disk(options);
  }

  std::filesystem::path file() const { return directory_.path() / "disk.raw"; }
  const base::Result<MadeDisk>& made() const { return made_; }

  /// "<what> [<where>] (<hint>)" of why it was not made; empty if it was.
  std::string failure() const {
    if (made_) {
      return {};
    }
    const auto& error = made_.error();
    auto where = error.where;
    if (where.starts_with(directory_.path().native())) {
      where = std::filesystem::path(where).filename();
    }
    return error.what + (where.empty() ? "" : " [" + where + "]") +
           (error.hint.empty() ? "" : " (" + error.hint + ")");
  }

  /// What e2fsck complains about; empty if all is well.
  std::string complaints() const {
    const auto checked = base::run({.arguments = {"/sbin/e2fsck", "-fn", file()}});
    EXPECT_TRUE(checked);
    return checked && checked->exit_code == 0 ? "" : checked->out + checked->err;
  }

  std::string debugfs(const std::string& request) const {
    const auto answer = base::run_checked({.arguments = {"/sbin/debugfs", "-R", request, file()}});
    EXPECT_TRUE(answer);
    return answer ? answer->out : "";
  }

  std::string bytes() const { return *base::read_file(file(), std::uint64_t{1} << 30); }

 private:
  base::TempDir directory_;
  base::Result<MadeDisk> made_ = base::Error{};
};

}  // namespace gantry::vm::testing
