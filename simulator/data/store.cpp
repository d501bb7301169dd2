#include "data/store.hpp"

#include <algorithm>

#include "data/file_store.hpp"
#include "data/memory_store.hpp"

namespace gantry::data {

namespace {

class NoStore final : public Store {
 public:
  base::Result<void> read(std::uint64_t, std::span<std::byte> into) const override {
    std::fill(into.begin(), into.end(), std::byte{0});
    return {};
  }
  base::Result<void> write(std::uint64_t, std::span<const std::byte>) override { return {}; }
  base::Result<void> zero(std::uint64_t, std::uint64_t) override { return {}; }
  base::Result<void> flush() override { return {}; }
};

}  // namespace

base::Result<std::unique_ptr<Store>> open(Mode mode, std::uint64_t capacity,
                                          const std::filesystem::path& file) {
  switch (mode) {
    case Mode::kMemory:
      return std::unique_ptr<Store>(std::make_unique<MemoryStore>(capacity));
    case Mode::kFile:
      return FileStore::open(file, capacity);
    case Mode::kTimingOnly:
      break;
  }
  return std::unique_ptr<Store>(std::make_unique<NoStore>());
}

}  // namespace gantry::data
