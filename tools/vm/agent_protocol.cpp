#include "vm/agent_protocol.hpp"

#include <algorithm>

#include "vm/agent_fields.hpp"

namespace gantry::vm::agent {

namespace {

constexpr std::string_view kMagic("\xf7GgA", 4);  // no text, in any encoding
constexpr std::size_t kLongestOpening = 64;       // the body of a kHello or a kReady

struct Head {
  std::uint32_t type = 0;
  std::size_t length = 0;
  std::uint32_t request = 0;
  std::uint64_t session = 0;
};

Head read_head(std::string_view bytes) {
  FieldReader fields(bytes.substr(kMagic.size(), kHeadSize - kMagic.size()));
  Head head;
  head.type = fields.number<std::uint32_t>();
  head.length = fields.number<std::uint32_t>();
  head.request = fields.number<std::uint32_t>();
  head.session = fields.number<std::uint64_t>();
  return head;
}

bool begins_session(std::uint32_t type) {
  return type == static_cast<std::uint32_t>(Type::kHello) ||
         type == static_cast<std::uint32_t>(Type::kReady);
}

bool is_expected(const Head& head, std::uint64_t session) {
  if (begins_session(head.type)) {
    return head.length <= kLongestOpening;
  }
  return head.session == session && head.type <= 0xffff && head.length <= kLongestBody;
}

}  // namespace

void append_frame(std::string& out, const Frame& frame) {
  FieldWriter head;
  head.number(static_cast<std::uint32_t>(frame.type));
  head.number(static_cast<std::uint32_t>(frame.body.size()));
  head.number(frame.request);
  head.number(frame.session);
  FieldWriter tail;
  tail.number(frame.session);
  out.append(kMagic).append(head.text()).append(frame.body).append(tail.text());
}

void FrameReader::append(std::string_view bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

void FrameReader::clear() {
  buffer_.clear();
  at_ = 0;
}

std::optional<Frame> FrameReader::next() {
  for (;; ++at_) {
    const auto found = std::string_view(buffer_).find(kMagic, at_);
    if (found == std::string_view::npos) {
      // What may be the first bytes of a magic is kept.
      at_ = std::max(at_, buffer_.size() - std::min(buffer_.size(), kMagic.size() - 1));
      return std::nullopt;
    }
    at_ = found;
    const auto rest = std::string_view(buffer_).substr(at_);
    if (rest.size() < kHeadSize) {
      return std::nullopt;
    }
    const auto head = read_head(rest);
    if (!is_expected(head, session_)) {
      continue;
    }
    if (rest.size() < kHeadSize + head.length + kTailSize) {
      return std::nullopt;
    }
    FieldReader tail(rest.substr(kHeadSize + head.length, kTailSize));
    if (tail.number<std::uint64_t>() != head.session) {
      continue;
    }
    at_ += kHeadSize + head.length + kTailSize;
    return Frame{static_cast<Type>(head.type), head.request, head.session,
                 rest.substr(kHeadSize, head.length)};
  }
}

}  // namespace gantry::vm::agent
