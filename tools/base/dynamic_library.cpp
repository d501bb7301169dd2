#include "base/dynamic_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace gantry::base {

Result<DynamicLibrary> DynamicLibrary::load(const char* name, const char* package) {
  DynamicLibrary library(name, package);
  library.handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  return library.handle_ != nullptr ? Result<DynamicLibrary>(library)
                                    : Result<DynamicLibrary>(library.unusable());
}

void* DynamicLibrary::find(const char* name) const {
  return dlsym(handle_, name);
}

Error DynamicLibrary::unusable(const char* why) const {
  // The loader's own words name the library or the function.
  const char* const said = why != nullptr ? why : dlerror();
  return {fmt::format("{} cannot be used: {}", name_, said != nullptr ? said : "no reason"), "",
          fmt::format("install it; on Debian: apt-get install {}", package_)};
}

}  // namespace gantry::base
