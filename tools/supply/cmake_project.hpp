#pragma once

#include <string>
#include <vector>

namespace gantry::supply {

/// What a CMake project is built with.
struct CMakeDependency {
  enum class Kind {
    kFound,    ///< by find_package(): it was on the machine
    kFetched,  ///< by FetchContent: its source is built as a part of the project
  };
  Kind kind = Kind::kFound;
  std::string name;
  std::string version;   ///< empty: not known
  std::string location;  ///< of its source, as FetchContent was told; empty: not known
  std::string revision;  ///< the commit or tag there
  bool operator==(const CMakeDependency&) const = default;
};

/// The CMake project that an image is of. What is empty is not known.
struct CMakeProject {
  std::string name;
  std::string version;
  std::string homepage;
  std::vector<CMakeDependency> dependencies = {};
  bool operator==(const CMakeProject&) const = default;
};

}  // namespace gantry::supply
