#include "oci/verify.hpp"

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"
#include "content/stage.hpp"
#include "oci/build.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;

/// A variable of the environment, as it was again on destruction.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = std::getenv(name)) {
      before_ = before;
    }
    setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// What must not matter to an image, made different.
class OtherSurroundings {
 public:
  OtherSurroundings() : umask_(umask(0)) { umask(umask_ == 027 ? 022 : 027); }
  OtherSurroundings(const OtherSurroundings&) = delete;
  OtherSurroundings& operator=(const OtherSurroundings&) = delete;
  ~OtherSurroundings() { umask(umask_); }

 private:
  mode_t umask_;
  Variable zone_{"TZ", "Asia/Kathmandu"};
  Variable locale_{"LC_ALL", "C.UTF-8"};
};

base::Result<std::string> stage_again(const LayerSource& layer, const fs::path& directory) {
  const auto arguments = fs::path(layer.manifest).parent_path() / "arguments";
  if (!fs::exists(arguments)) {
    return base::Error{fmt::format("component '{}' cannot be staged again: there is no record of "
                                   "how it was staged",
                                   layer.component),
                       arguments.native(), "'gantry image stage' writes it beside the manifest"};
  }
  GANTRY_TRY(auto request, content::read_stage_request(arguments));
  request.tree = directory / "tree";
  request.manifest = directory / "manifest";
  request.depfile.clear();
  GANTRY_CHECK(base::make_directories(directory));
  GANTRY_TRY(const auto staged, content::stage(request));
  return request.manifest.native();
}

}  // namespace

base::Result<Verified> verify_image(ImageSpec spec, const Image& image,
                                    std::optional<std::int64_t> epoch) {
  GANTRY_TRY(const auto directory, base::TempDir::create());
  const OtherSurroundings surroundings;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (!spec.layers[i].manifest.empty()) {
      const auto place = directory.path() / fmt::format("stage-{}", i);
      GANTRY_TRY(spec.layers[i].manifest, stage_again(spec.layers[i], place));
    }
  }
  GANTRY_TRY(const auto store, BlobStore::open(directory.path() / "store", image.blobs.fetcher()));
  BuildOptions options;
  options.epoch = epoch;
  options.threads = 3;
  GANTRY_TRY(const auto built, build_image(spec, store, options));
  Verified verified{image.descriptor.digest, {}};
  if (built.manifest.digest != image.descriptor.digest) {
    GANTRY_TRY(const auto again, read_image(store.blobs(), built.manifest));
    GANTRY_TRY(verified.difference, first_difference(image, again));
  }
  return verified;
}

}  // namespace gantry::oci
