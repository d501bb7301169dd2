#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gantry::base {

/// Text that never changes. Its copies share one block of memory and it is one pointer wide, so
/// that hundreds of thousands of names cost little more than their bytes.
class SharedString {
 public:
  SharedString() = default;

  /// Of anything that converts to a std::string_view.
  template <class Text>
  requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, SharedString>)
      SharedString(const Text& text)
      : block_(make_block(text)) {}

  SharedString(const SharedString& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) {
      block_->owners.fetch_add(1, std::memory_order_relaxed);
    }
  }
  SharedString(SharedString&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedString& operator=(SharedString other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedString() {
    if (block_ != nullptr && block_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      free_block(block_);
    }
  }

  std::string_view view() const {
    return block_ == nullptr ? std::string_view() : std::string_view(c_str(), block_->size);
  }
  operator std::string_view() const { return view(); }
  const char* c_str() const { return block_ == nullptr ? "" : characters(*block_); }
  bool empty() const { return block_ == nullptr; }
  std::size_t size() const { return view().size(); }
  auto begin() const { return view().begin(); }
  auto end() const { return view().end(); }
  bool starts_with(auto prefix) const { return view().starts_with(prefix); }
  std::size_t find(char wanted) const { return view().find(wanted); }
  std::size_t rfind(char wanted) const { return view().rfind(wanted); }
  std::string_view substr(std::size_t first, std::size_t count = std::string_view::npos) const {
    return view().substr(first, count);
  }

  bool operator==(const SharedString& other) const {
    return block_ == other.block_ || view() == other.view();
  }
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view>
  bool operator==(const Text& other) const { return view() == std::string_view(other); }

 private:
  /// Followed by the characters and a NUL.
  struct Block {
    std::atomic<std::uint32_t> owners;
    std::uint32_t size;
  };

  static const char* characters(const Block& block) {
    return reinterpret_cast<const char*>(&block + 1);
  }
  static Block* make_block(std::string_view text);
  static void free_block(Block* block);

  Block* block_ = nullptr;
};

}  // namespace gantry::base
