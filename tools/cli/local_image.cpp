#include "cli/local_image.hpp"

#include <memory>

#include <fmt/format.h>

#include "cli/version.hpp"
#include "cli/warning.hpp"
#include "registry/origin_fetcher.hpp"

namespace gantry::cli {

using base::Result;

namespace {

std::shared_ptr<const oci::BlobFetcher> make_fetcher() {
  registry::ClientOptions options;
  options.http.user_agent = fmt::format("gantry/{}", kVersion);
  options.warn = print_warning;
  return std::make_shared<const registry::OriginFetcher>(std::move(options));
}

oci::BlobDirectory with_fetcher(const oci::BlobDirectory& blobs) {
  return oci::BlobDirectory(blobs.root(), make_fetcher());
}

}  // namespace

Result<oci::Image> open_image(std::string_view reference, std::string_view platform) {
  GANTRY_TRY(auto image, oci::open_image(reference, platform));
  image.blobs = with_fetcher(image.blobs);
  return image;
}

Result<oci::ImageRoot> open_root(std::string_view reference) {
  GANTRY_TRY(auto root, oci::open_root(reference));
  root.blobs = with_fetcher(root.blobs);
  return root;
}

Result<oci::BlobStore> open_store(const std::filesystem::path& root) {
  return oci::BlobStore::open(root, make_fetcher());
}

}  // namespace gantry::cli
