#include "base/shared_string.hpp"

#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace gantry::base {

SharedString::Block* SharedString::make_block(std::string_view text) {
  if (text.empty()) {
    return nullptr;
  }
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a shared string of more than 4 GiB");
  }
  void* const memory = ::operator new(sizeof(Block) + text.size() + 1);
  auto* const block = new (memory) Block{1, static_cast<std::uint32_t>(text.size())};
  auto* const to = reinterpret_cast<char*>(block + 1);
  std::memcpy(to, text.data(), text.size());
  to[text.size()] = '\0';
  return block;
}

void SharedString::free_block(Block* block) {
  block->~Block();
  ::operator delete(block);
}

}  // namespace gantry::base
