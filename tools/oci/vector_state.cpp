#include "oci/vector_state.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace gantry::oci {

#ifdef __x86_64__

namespace {

__attribute__((target("avx"))) void clear_upper_halves() {
  _mm256_zeroupper();
}

}  // namespace

void clear_vector_state() {
  if (__builtin_cpu_supports("avx") != 0) {
    clear_upper_halves();
  }
}

#else

void clear_vector_state() {}

#endif

}  // namespace gantry::oci
