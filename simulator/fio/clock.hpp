#pragma once

#include "fio/conductor.hpp"

namespace gantry::fio {

/// Whether this library was preloaded, so that fio's clock is simulated.
bool is_preloaded();

/// From here on the calling thread is this party, and its sleeps are of simulated time; null: it
/// takes no part.
void become(Party* party);
/// Its party has done something: it does not just look at the clock.
void note_progress();

}  // namespace gantry::fio
