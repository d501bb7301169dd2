#pragma once

#include <new>
#include <utility>

#include <gantry/ssd.h>

#include "capi/last_error.hpp"
#include "host/drive.hpp"

/// What the caller has a pointer to.
struct gantry_ssd {
  gantry::host::Drive drive;
  uint32_t data = 0;  ///< enum gantry_ssd_data
  bool measures = true;
  int broken = GANTRY_SSD_OK;  ///< the status that an exception has left it with
};

namespace gantry::capi {

/// The status of a function that may throw: no exception goes beyond.
template <class Function>
int guarded(Function function) noexcept {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return fail(GANTRY_SSD_NO_MEMORY, "memory ran out",
                "give the process more, simulate a smaller device, or keep fewer commands "
                "outstanding");
  } catch (const std::exception& exception) {
    return fail(GANTRY_SSD_INTERNAL, exception.what(), "this is a fault of Gantry's: report it");
  } catch (...) {
    return fail(GANTRY_SSD_INTERNAL, "an unknown exception",
                "this is a fault of Gantry's: report it");
  }
}

inline int fail_broken(const gantry_ssd& drive) noexcept {
  return fail(drive.broken, "the drive was left unusable by an earlier failure",
              "close it and open it again");
}

/// The same of one that changes a drive, which cannot be used after an exception.
template <class Function>
int guarded(gantry_ssd& drive, Function function) noexcept {
  if (drive.broken != GANTRY_SSD_OK) {
    return fail_broken(drive);
  }
  const auto status = guarded(std::move(function));
  if (status == GANTRY_SSD_NO_MEMORY || status == GANTRY_SSD_INTERNAL) {
    drive.broken = status;
  }
  return status;
}

inline int fail_null(const char* what) noexcept {
  return fail(GANTRY_SSD_INVALID, what, "pass a pointer to one");
}

/// Whether a structure is as large as this version of the library knows it.
template <class T>
bool has_right_size(const T& structure) {
  return structure.size == sizeof(T);
}

inline int fail_size() noexcept {
  return fail(GANTRY_SSD_INVALID, "the size of a structure is not that which this library knows",
              "set its size to its sizeof; if it is, the program was built with the header of "
              "another version");
}

}  // namespace gantry::capi
