#include "vm/agent_protocol.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "vm/agent_messages.hpp"

namespace {

using namespace gantry::vm::agent;

constexpr std::uint64_t kSession = 0x0123456789abcdef;

/// What was read is read as well when it is written again.
template <class Decode>
void check(std::string_view body, Decode decode) {
  const auto message = decode(body);
  if (message && !decode(encode(*message))) {
    std::abort();
  }
}

void check_body(std::string_view body) {
  check(body, decode_welcome);
  check(body, decode_command);
  check(body, decode_exited);
  check(body, decode_put_file);
  check(body, decode_file_info);
  check(body, decode_identity);
  check(body, decode_failure);
  check(body, decode_failures);
  check(body, decode_synced);
  check(body, decode_number);
}

std::vector<std::string> frames_in(std::string_view bytes, std::size_t at_a_time) {
  FrameReader reader;
  reader.accept(kSession);
  std::vector<std::string> found;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(at_a_time, bytes.size()))) {
    reader.append(bytes.substr(0, at_a_time));
    while (const auto frame = reader.next()) {
      check_body(frame->body);
      append_frame(found.emplace_back(), *frame);
    }
    if (reader.kept() >= kLongestFrame) {
      std::abort();
    }
  }
  return found;
}

}  // namespace

/// The first byte says how many of the others arrive at a time, which changes nothing; what is
/// found is part of what came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto found = frames_in(bytes, bytes.size());
  if (frames_in(bytes, std::size_t{1} + data[0]) != found) {
    std::abort();
  }
  std::size_t at = 0;
  for (const auto& frame : found) {
    at = bytes.find(frame, at);
    if (at == std::string_view::npos) {
      std::abort();
    }
    at += frame.size();
  }
  return 0;
}
