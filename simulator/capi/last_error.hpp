#pragma once

#include "base/result.hpp"

namespace gantry::capi {

/// Keeps an error for gantry_ssd_message() and gantry_ssd_hint() of this thread, and returns the
/// status. It takes no memory, and never fails: what is too long is cut.
int fail(int status, const base::Error& error) noexcept;
int fail(int status, const char* what, const char* hint = "") noexcept;

const char* last_message() noexcept;
const char* last_hint() noexcept;

}  // namespace gantry::capi
