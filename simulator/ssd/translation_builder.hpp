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

  /// Pages are in slots of a block that set_plane() has counted them for, see PageMap::fill().
  void put(Slot first, std::uint64_t bits, const Lpn* pages) {
    books_.pages_.fill(first, bits, pages);
  }
  void expect(Lpn lpn) const { books_.pages_.prefetch_to_write(lpn); }

 private:
  Translation& books_;
};

}  // namespace gantry::ssd
