#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::base {
namespace {

using testing::ElementsAre;

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a::b:", ':'), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ':'), ElementsAre(""));
}

TEST(Text, NumbersAreExactOrRefused) {
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615U);
  for (const char* const bad : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_unsigned(bad), std::nullopt) << bad;
  }
}

TEST(Text, ByteSizesAreBinaryMultiples) {
  EXPECT_EQ(parse_byte_size("512"), 512U);
  EXPECT_EQ(parse_byte_size("64M"), 64U << 20);
  EXPECT_EQ(parse_byte_size("1.5GiB"), 3U << 29);
  for (const char* const bad : {"", "M", "1X", "1MM", "-1", "99999999P"}) {
    EXPECT_EQ(parse_byte_size(bad), std::nullopt) << bad;
  }
}

TEST(Text, BytesAreShownWithThreeDigits) {
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(999'499), "999 kB");
  EXPECT_EQ(format_bytes(999'500), "1.00 MB");
  EXPECT_EQ(format_bytes(83'000'000), "83.0 MB");
}

TEST(Text, NearestNamesWhatWasMeantAndNothingFarOff) {
  const std::vector<std::string> words = {"ENTRYPOINT", "ENV", "CMD"};
  EXPECT_EQ(nearest("ENTRYPONT", words), "ENTRYPOINT");
  EXPECT_EQ(nearest("EVN", words), "ENV");
  EXPECT_EQ(nearest("VNE", words), std::nullopt);
  EXPECT_EQ(nearest("EN", words), "ENV");
  EXPECT_EQ(nearest("SOMETHING", words), std::nullopt);
}

TEST(Text, PrintableEscapesControlsAndBrokenUtf8) {
  EXPECT_EQ(printable("a\nb\x1b[0m"), "a\\x0ab\\x1b[0m");
  EXPECT_EQ(printable("gr\xc3\xbcn \xff \xc0\xaf \xed\xa0\x80"),
            "gr\xc3\xbcn \\xff \\xc0\\xaf \\xed\\xa0\\x80");
  // An escape sequence in one character, a line's end, and a text's direction turned.
  EXPECT_EQ(printable("\u009b31m \u2028 \u202egpj.exe \u2066 \u200f"),
            "\\xc2\\x9b31m \\xe2\\x80\\xa8 \\xe2\\x80\\xaegpj.exe \\xe2\\x81\\xa6 "
            "\\xe2\\x80\\x8f");
  EXPECT_EQ(printable("\u00a0\u2027\u202f\u206a😀"), "\u00a0\u2027\u202f\u206a😀");
}

TEST(Text, Utf8IsWellFormed) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("gr\xc3\xbcn \xf0\x9f\x9a\xa2"));
  for (const char* const bad : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(Text, TimeIsRfc3339) {
  EXPECT_EQ(format_time(1'700'000'000), "2023-11-14T22:13:20Z");
}

TEST(Text, ParseTimeReadsRfc3339) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
  // The examples of RFC 3339, section 5.8.
  EXPECT_EQ(parse_time("1985-04-12T23:20:50.52Z"), 482196050);
  EXPECT_EQ(parse_time("1996-12-19T16:39:57-08:00"), 851042397);
  EXPECT_EQ(parse_time("1990-12-31T23:59:60Z"), 662688000);
  EXPECT_EQ(parse_time("1937-01-01T12:00:27.87+00:20"), -1041337173);
  EXPECT_EQ(parse_time("2024-02-29t00:00:00z"), 1709164800);
  EXPECT_EQ(format_time(*parse_time("0001-01-01T00:00:00Z")), "0001-01-01T00:00:00Z");
}

TEST(Text, ParseTimeRefusesAnythingElse) {
  for (const char* const text :
       {"", "2024-01-01", "2024-01-01T00:00:00", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:61Z",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+0100", "2024-01-01T00:00:00+24:00",
        "2024-01-01 00:00:00Z", "2024-01-01T00:00:00Zx", "+024-01-01T00:00:00Z",
        "2024-1-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace gantry::base
