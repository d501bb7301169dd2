#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::content {

/// A Debian root file system to be made by mmdebstrap(1).
struct RootfsRequest {
  std::string suite;                  ///< "bookworm"
  std::vector<std::string> packages;  ///< beyond those of the variant; their order is no matter
  std::string variant = "minbase";    ///< mmdebstrap's word for which packages come anyway
  std::string architecture;           ///< Debian's name; empty: this machine's
  std::string mirror;                 ///< empty: those that apt on this machine has for the suite
  std::optional<std::int64_t> source_date_epoch = {};  ///< nothing: the date of the suite's release
  std::filesystem::path output;                        ///< the tar, written only if it changes
  std::filesystem::path depfile;                       ///< empty: none
  std::filesystem::path cache;  ///< tars by what decides them; empty: beside output
};

struct Rootfs {
  bool changed = false;     ///< has output been written?
  bool from_cache = false;  ///< was mmdebstrap not needed?
  Digest digest;            ///< of the tar
};

/// Makes the root file system: the same request at the same state of the mirror gives the same
/// bytes. Where the mirror cannot be reached, the last one of the same request is taken from the
/// cache. say is given one line for each step that takes long, or that a person should know of.
base::Result<Rootfs> build_rootfs(const RootfsRequest& request,
                                  const std::function<void(std::string_view)>& say);

}  // namespace gantry::content
