#pragma once

namespace gantry::oci {

/// To be called after functions of ISA-L. They leave the upper halves of the vector registers in
/// use, and on some processors (measured: AMD Zen 5) every SSE instruction then waits for them:
/// OpenSSL's SHA-256 takes a fifth longer.
void clear_vector_state();

}  // namespace gantry::oci
