#include "capi/last_error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace gantry::capi {

namespace {

/// A text that is cut between two characters of UTF-8.
template <std::size_t kSize>
class Text {
 public:
  void clear() {
    size_ = 0;
    bytes_[0] = 0;
  }
  void append(std::string_view text) {
    auto count = std::min(text.size(), kSize - 1 - size_);
    if (count < text.size()) {
      while (count > 0 && (static_cast<unsigned char>(text[count]) & 0xc0U) == 0x80U) {
        --count;
      }
    }
    std::memcpy(bytes_.data() + size_, text.data(), count);
    size_ += count;
    bytes_[size_] = 0;
  }
  const char* get() const { return bytes_.data(); }

 private:
  std::array<char, kSize> bytes_{};
  std::size_t size_ = 0;
};

// No destructor runs for these: the library may be unloaded before a thread ends.
thread_local Text<8192> message;
thread_local Text<1024> hint;

}  // namespace

int fail(int status, const base::Error& error) noexcept {
  message.clear();
  if (!error.where.empty()) {
    message.append(error.where);
    message.append(": ");
  }
  message.append(error.what);
  hint.clear();
  hint.append(error.hint);
  return status;
}

int fail(int status, const char* what, const char* advice) noexcept {
  message.clear();
  message.append(what);
  hint.clear();
  hint.append(advice);
  return status;
}

const char* last_message() noexcept {
  return message.get();
}

const char* last_hint() noexcept {
  return hint.get();
}

}  // namespace gantry::capi
