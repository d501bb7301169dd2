#include "fio/run.hpp"

#include <new>

#include "fio/shared_memory.hpp"

namespace gantry::fio {

namespace {

Run* the_run = nullptr;

}  // namespace

bool time_stands_still() {
  return the_run != nullptr;
}

bool begin_time_at(Time now) {
  void* const room = map_shared(sizeof(Run));
  if (room == nullptr) {
    return false;
  }
  auto* const made = new (room) Run();
  made->conductor.set(now);
  the_run = made;
  return true;
}

Run& run() {
  return *the_run;
}

}  // namespace gantry::fio
