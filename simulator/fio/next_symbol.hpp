#pragma once

#include <dlfcn.h>

namespace gantry::fio {

/// The C library's own, of a function that this library has put in its place.
template <class Function>
Function* next_of(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// Of several versions of it this one; of younger architectures there is one alone.
template <class Function>
Function* next_of(const char* name, const char* version) {
  void* const versioned = dlvsym(RTLD_NEXT, name, version);
  return versioned == nullptr ? next_of<Function>(name) : reinterpret_cast<Function*>(versioned);
}

}  // namespace gantry::fio
