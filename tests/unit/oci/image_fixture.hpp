#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "content/manifest.hpp"
#include "content/scan.hpp"
#include "oci/build.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Small images from staged components, in a directory of their own.
class ImageTest : public testing::Test {
 protected:
  ImageTest() { spec_.name = "app"; }

  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }

  void write(const std::filesystem::path& file, std::string_view content, unsigned mode = 0644) {
    ASSERT_TRUE(base::make_directories(file.parent_path()));
    ASSERT_TRUE(base::write_file(file, content));
    ASSERT_EQ(chmod(file.c_str(), mode), 0);
  }

  /// Stages what is in stage/<component>/tree, and makes it the next layer of the spec.
  void add_component(const std::string& component) {
    const auto stage = path("stage/" + component);
    const auto tree =
        content::scan_tree(stage / "tree", content::Identify::kByContent, content::Owners::kRoot);
    ASSERT_TRUE(tree) << tree.error().what;
    ASSERT_TRUE(
        base::write_file(stage / "manifest", content::write_manifest(*tree, stage / "tree")));
    spec_.layers.push_back({(stage / "manifest").native(), component, ""});
  }

  /// A component of one file.
  void add_file(const std::string& component, const std::string& file, std::string_view content,
                unsigned mode = 0644) {
    write(path("stage/" + component + "/tree/" + file), content, mode);
    add_component(component);
  }

  BlobStore store(const std::string& name = "store") const {
    return *BlobStore::open(directory_.path() / name);
  }

  BuiltImage build(const BuildOptions& options = {}) {
    auto built = build_image(spec_, store(), options);
    EXPECT_TRUE(built) << built.error().where << ": " << built.error().what;
    return built ? *std::move(built) : BuiltImage{};
  }

  base::Error failure(const BuildOptions& options = {}) {
    const auto built = build_image(spec_, store(), options);
    EXPECT_FALSE(built);
    return built ? base::Error{} : built.error();
  }

  Image opened(const BuiltImage& built) {
    const auto file = path("opened.image");
    EXPECT_TRUE(write_image_file(file, store().blobs().root(), built.manifest));
    auto image = open_image(file.native());
    EXPECT_TRUE(image) << image.error().what;
    return *std::move(image);
  }

  /// A tar of what is in the directory, by GNU tar.
  void make_tar(const std::string& tree, const std::string& archive) {
    ASSERT_TRUE(
        base::run_checked({{"tar", "-C", path(tree).native(), "--sort=name", "--owner=root:0",
                            "--group=root:0", "-cf", path(archive).native(), "."}}));
  }

  base::TempDir directory_ = *base::TempDir::create();
  ImageSpec spec_;
};

}  // namespace gantry::oci
