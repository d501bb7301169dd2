#include "vm/agent_protocol.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm::agent {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kSession = 0x0123456789abcdef;

std::string frame_of(Type type, std::string_view body, std::uint64_t session = kSession) {
  std::string bytes;
  append_frame(bytes, {type, 7, session, body});
  return bytes;
}

/// The bodies of the frames that are found when bytes arrive so many at a time.
std::vector<std::string> bodies_in(std::string_view bytes, std::size_t at_a_time = 4096,
                                   std::uint64_t session = kSession) {
  FrameReader reader;
  reader.accept(session);
  std::vector<std::string> bodies;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(at_a_time, bytes.size()))) {
    reader.append(bytes.substr(0, at_a_time));
    while (const auto frame = reader.next()) {
      bodies.emplace_back(frame->body);
    }
    EXPECT_LT(reader.kept(), kLongestFrame);
  }
  return bodies;
}

TEST(FrameReader, FindsWhatWasWritten) {
  FrameReader reader;
  reader.accept(kSession);
  reader.append(frame_of(Type::kPutData, "data"));
  const auto frame = reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->type, Type::kPutData);
  EXPECT_EQ(frame->request, 7U);
  EXPECT_EQ(frame->session, kSession);
  EXPECT_EQ(frame->body, "data");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.kept(), 0U);
}

TEST(FrameReader, HasTheFormThatIsDocumented) {
  using std::string_literals::operator""s;
  EXPECT_EQ(frame_of(Type::kOutput, "hi"),
            "\xf7GgA\x84\0\0\0\x02\0\0\0\x07\0\0\0\xef\xcd\xab\x89\x67\x45\x23\x01hi"
            "\xef\xcd\xab\x89\x67\x45\x23\x01"s);
}

TEST(FrameReader, FindsFramesHoweverTheyArrive) {
  const std::string large(kLongestBody, '\xf7');
  const auto bytes =
      frame_of(Type::kOutput, "") + frame_of(Type::kOutput, large) + frame_of(Type::kOutput, "x");
  for (const std::size_t at_a_time : {1U, 2U, 3U, 7U, 23U, 24U, 25U, 4096U, 1U << 20}) {
    EXPECT_THAT(bodies_in(bytes, at_a_time), ElementsAre("", large, "x")) << at_a_time;
  }
}

TEST(FrameReader, PassesOverWhatIsNoFrame) {
  std::string bytes = "noise \xf7 \xf7G \xf7Gg \xf7GgA and more";
  bytes += frame_of(Type::kOutput, "one");
  bytes += std::string(100'000, '\0') + "\xf7GgA";
  bytes += frame_of(Type::kOutput, "two") + "\xf7\xf7\xf7G";
  for (const std::size_t at_a_time : {1U, 5U, 4096U}) {
    EXPECT_THAT(bodies_in(bytes, at_a_time), ElementsAre("one", "two"));
  }
}

TEST(FrameReader, PassesOverFramesOfOtherSessions) {
  EXPECT_THAT(bodies_in(frame_of(Type::kOutput, "old", 1) + frame_of(Type::kOutput, "new") +
                        frame_of(Type::kInput, "none", 0)),
              ElementsAre("new"));
}

TEST(FrameReader, FindsWhatBeginsASessionInAny) {
  EXPECT_THAT(bodies_in(frame_of(Type::kHello, "hello", 99) + frame_of(Type::kReady, "ready", 0)),
              ElementsAre("hello", "ready"));
}

TEST(FrameReader, TakesNoLongBodyFromWhatBeginsASession) {
  EXPECT_THAT(bodies_in(frame_of(Type::kHello, std::string(65, 'x'), 99) +
                        frame_of(Type::kHello, "hello", 99)),
              ElementsAre("hello"));
}

TEST(FrameReader, TakesNoBodyThatIsTooLong) {
  std::string bytes = frame_of(Type::kOutput, std::string(kLongestBody + 1, 'x'));
  EXPECT_THAT(bodies_in(bytes + frame_of(Type::kOutput, "next")), ElementsAre("next"));
}

/// Each cut of an old session's frame is completed by what the new one begins with.
TEST(FrameReader, UnderstandsAHelloAfterHalfAFrame) {
  const auto old = frame_of(Type::kPutData, std::string(3000, 'o'));
  const auto hello = std::string(kLongestFrame, '\0') + frame_of(Type::kHello, "hello", 99);
  for (std::size_t cut = 0; cut < old.size(); cut += 13) {
    EXPECT_THAT(bodies_in(old.substr(0, cut) + hello), ElementsAre("hello")) << cut;
    EXPECT_THAT(bodies_in(old.substr(cut + 1) + hello), ElementsAre("hello")) << cut;
  }
}

TEST(FrameReader, FindsAFrameInsideOneThatIsNone) {
  // The old frame's head promises more than came of it; the next is part of what it promised.
  const auto old = frame_of(Type::kPutData, std::string(300, 'o'));
  EXPECT_THAT(bodies_in(old.substr(0, 200) + frame_of(Type::kHello, "hello", 99) +
                        frame_of(Type::kOutput, std::string(200, 'n'))),
              ElementsAre("hello", std::string(200, 'n')));
}

TEST(FrameReader, KeepsLittleOfNoise) {
  std::uint64_t state = 1;
  FrameReader reader;
  reader.accept(kSession);
  std::string chunk(65536, '\0');
  for (int i = 0; i < 50; ++i) {
    std::generate(chunk.begin(), chunk.end(), [&] {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      return "\xf7GgA\x82\0"[(state >> 33) % 6];
    });
    reader.append(chunk);
    EXPECT_FALSE(reader.next());
    EXPECT_LT(reader.kept(), kHeadSize);
  }
  reader.append(std::string(kHeadSize, 'x') + frame_of(Type::kOutput, "found"));
  const auto frame = reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body, "found");
}

TEST(FrameReader, ForgetsWhatItIsTold) {
  FrameReader reader;
  reader.accept(kSession);
  const auto bytes = frame_of(Type::kOutput, "body");
  reader.append(bytes.substr(0, 30));
  reader.clear();
  reader.append(bytes.substr(30));
  EXPECT_FALSE(reader.next());
}

}  // namespace
}  // namespace gantry::vm::agent
