#include "oci/deflate_blocks.hpp"

#include "oci/deflate_codes.hpp"

namespace gantry::oci {

namespace {

/// One stream and how far it was walked.
class Walk {
 public:
  explicit Walk(std::span<const std::byte> stream) : reader_(stream), bits_(stream.size() * 8) {
    begin_block();
  }

  bool running() const { return state_ == State::kRunning; }

  /// As far as whole words and ordinary steps go.
  void run() {
    auto reader = reader_;
    for (bool ordinary = true; ordinary && reader.has_word();) {
      ordinary = two_steps(reader, last_);
    }
    reader_ = reader;
  }

  /// The same for both, until one of them can no more.
  static void run_together(Walk& first, Walk& second) {
    auto first_reader = first.reader_;
    auto second_reader = second.reader_;
    auto first_last = first.last_;
    auto second_last = second.last_;
    for (bool ordinary = true; ordinary && first_reader.has_word() && second_reader.has_word();) {
      ordinary = first.two_steps(first_reader, first_last);
      ordinary &= second.two_steps(second_reader, second_last);
    }
    first.reader_ = first_reader;
    second.reader_ = second_reader;
    first.last_ = first_last;
    second.last_ = second_last;
  }

  /// One step of any kind, with all that it may entail.
  void advance() {
    reader_.refill();
    auto step = codes_.step_of(reader_, last_);
    if (step == BlockCodes::kSlow) {
      const auto slow = codes_.slow_step_of(reader_, last_);
      if (!slow) {
        state_ = State::kMalformed;
        return;
      }
      step = *slow;
    }
    reader_.skip(step & BlockCodes::kBitCount);
    last_ = step;
    if (reader_.beyond_end()) {
      state_ = State::kMalformed;
    } else if ((step & BlockCodes::kEnd) == BlockCodes::kEnd) {
      end_block();
    }
  }

  base::Result<DeflateEnd> result() const {
    // All of the stream's bytes belong to it.
    if (state_ != State::kDone || (reader_.position() + 7) / 8 != bits_ / 8) {
      return base::Error{"the deflate stream is malformed", "", ""};
    }
    return DeflateEnd{block_, reader_.position()};
  }

 private:
  enum class State { kRunning, kDone, kMalformed };

  /// False if the second is not an ordinary one, which is not taken then; or if neither is. Two
  /// steps have at most 38 bits, three may have more than a refill gives.
  bool two_steps(BitReader& reader, Step& last) const {
    reader.refill_word();
    for (int count = 0; count < 2; ++count) {
      const auto step = codes_.step_of(reader, last);
      if ((step & BlockCodes::kSpecial) != 0) {
        return false;
      }
      reader.skip(step & BlockCodes::kBitCount);
      last = step;
    }
    return true;
  }

  void end_block() {
    if (is_last_) {
      state_ = State::kDone;
    } else {
      begin_block();
    }
  }

  /// To the body of the next block that has codes.
  void begin_block() {
    for (;;) {
      reader_.refill();
      block_ = reader_.position();
      is_last_ = reader_.take(1) == 1;
      const auto type = reader_.take(2);
      const bool valid = type == 0   ? reader_.skip_stored()
                         : type == 2 ? codes_.read(reader_)
                                     : type == 1;
      if (!valid || reader_.beyond_end()) {
        state_ = State::kMalformed;
        return;
      }
      if (type == 0) {
        if (is_last_) {
          state_ = State::kDone;
          return;
        }
        continue;
      }
      if (type == 1) {
        codes_.assign_fixed();
      }
      last_ = 0;
      return;
    }
  }

  BitReader reader_;
  std::size_t bits_;  // of the stream
  BlockCodes codes_;
  Step last_ = 0;
  std::size_t block_ = 0;  // first bit of the current block
  bool is_last_ = false;
  State state_ = State::kRunning;
};

base::Result<DeflateEnd> finish(Walk& walk) {
  while (walk.running()) {
    walk.run();
    walk.advance();
  }
  return walk.result();
}

}  // namespace

base::Result<DeflateEnd> find_deflate_end(std::span<const std::byte> stream) {
  Walk walk(stream);
  return finish(walk);
}

base::Result<std::array<DeflateEnd, 2>> find_deflate_ends(std::span<const std::byte> first,
                                                          std::span<const std::byte> second) {
  Walk first_walk(first);
  Walk second_walk(second);
  while (first_walk.running() && second_walk.running()) {
    Walk::run_together(first_walk, second_walk);
    first_walk.advance();
    second_walk.advance();
  }
  GANTRY_TRY(const auto first_end, finish(first_walk));
  GANTRY_TRY(const auto second_end, finish(second_walk));
  return std::array{first_end, second_end};
}

std::size_t flush_deflate_end(std::span<std::byte> buffer, std::size_t size,
                              const DeflateEnd& end) {
  buffer[end.last_block / 8] &= ~(std::byte{1} << (end.last_block % 8));
  const auto padding = size * 8 - end.end;
  if (padding > 0) {
    buffer[size - 1] &= std::byte{0xff} >> padding;
  }
  // The stored block's header is three zero bits and zeros up to the byte boundary.
  if (padding < 3) {
    buffer[size++] = std::byte{0};
  }
  for (const unsigned byte : {0x00U, 0x00U, 0xffU, 0xffU}) {
    buffer[size++] = static_cast<std::byte>(byte);
  }
  return size;
}

}  // namespace gantry::oci
