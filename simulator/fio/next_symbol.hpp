#pragma once

#include <dlfcn.h>

namespace gantry::fio {

/// The C library's own, of a function that this library has put in its place.
template <class Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

template <class Function>
Function* next_of(const char* name, const char* version) {
  return reinterpret_cast<Function*>(dlvsym(RTLD_NEXT, name, version));
}

}  // namespace gantry::fio
