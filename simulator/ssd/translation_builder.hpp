#pragma once

#include "ssd/steady_state.hpp"
#include "ssd/translation.hpp"

namespace gantry::ssd {

/// Writes a state into the books of a device that nothing has been done with.
class TranslationBuilder {
 public:
  explicit TranslationBuilder(Translation& translation) : books_(translation) {}

  /// A plane's closed blocks are its first ones, its frontiers' blocks follow, and the rest is
  /// free.
  void set_plane(PlaneId plane, const SteadyPlane& state, Random& random);

  /// A page is in a slot of a block that set_plane() has counted it for.
  void bind(Lpn lpn, Slot slot) { books_.pages_.bind(lpn, slot); }

 private:
  Translation& books_;
};

}  // namespace gantry::ssd
